import assert from 'node:assert/strict'
import { it } from 'node:test'
import { LANES } from '../lanes.ts'
import type { Lane } from '../log.ts'
import { currentIdentity } from './identity.ts'

it('follows the incarnations in the order of the log, the first of each two that replace the same one', () => {
  check([], null)
  check([begins('a', null)], { incarnation: 'a', partitions: 1 })
  check([begins('a', null), begins('b', null)], { incarnation: 'a', partitions: 1 })
  check([begins('a', null), begins('b', 'a'), begins('c', 'a')], { incarnation: 'b', partitions: 1 })
  check([begins('a', null), begins('b', 'a'), begins('c', 'b')], { incarnation: 'c', partitions: 1 })
})

it('knows the most partitions that the current incarnation ever had', () => {
  const known = [begins('a', null), grows('a', 6), grows('a', 4)]
  check(known, { incarnation: 'a', partitions: 6 })
  check([...known, begins('b', 'a'), grows('b', 2)], { incarnation: 'b', partitions: 2 })
})

it('knows lanes that an incarnation got later, and no others', () => {
  const known = [begins('a', null), gets('a', LANES)]
  assert.deepEqual(identityOf(known)?.lanes, LANES)
  assert.deepEqual(identityOf([...known, begins('b', 'a')])?.lanes, LANES.slice(0, 3))
})

function check(entries: Entry[], expected: unknown): void {
  const identity = identityOf(entries)
  const { incarnation, partitions } = identity ?? {}
  assert.deepEqual(identity && { incarnation, partitions }, expected)
}

type Entry = { readonly kind: string; readonly value: unknown }

function identityOf(entries: readonly Entry[]) {
  return currentIdentity(entries.map((entry) => ({ ...entry, key: '', logTimeMs: 0 })))
}

function gets(incarnation: string, lanes: readonly Lane[]): Entry {
  return { kind: 'lanes', value: { incarnation, lanes } }
}

function begins(incarnation: string, previous: string | null) {
  return { kind: 'incarnation', value: { incarnation, previous } }
}

function grows(incarnation: string, partitions: number) {
  return { kind: 'partitions', value: { incarnation, partitions } }
}
