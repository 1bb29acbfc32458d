import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SECOND_MS } from '../../../model/bucket.ts'
import type { Layout } from '../../../model/layout.ts'
import { toJson } from '../../layouts/layout-form.ts'
import { layoutOrder, unknownFromMinute } from './layout-order.ts'
import { removableKeys } from './layout-removal.ts'
import type { MetaEntry } from './meta.ts'

const LEAD = { leadMs: 40 * SECOND_MS, atOnce: true }

function entry(kind: string, logTimeS: number, value: unknown = null): MetaEntry {
  return { key: `${kind} ${logTimeS}`, kind, value, logTimeMs: logTimeS * SECOND_MS }
}

function proposal(version: number, fromMinute: number, logTimeS: number): MetaEntry {
  const layout: Layout = { version, fromMinute, partitions: version, splits: new Map(), dedicated: new Map() }
  return entry('layout', logTimeS, toJson(layout))
}

const versions = (entries: readonly MetaEntry[]) => layoutOrder(entries).layouts.map(({ version }) => version)

const BEGUN = [entry('lead', 0, LEAD), proposal(1, 0, 1)]
const AT_100_S = [...BEGUN, entry('tick', 100)]

test('a proposal is judged by the highest log time so far, because the clock of a leader may step back', () => {
  assert.equal(unknownFromMinute(layoutOrder(AT_100_S)), 3) // those before are final
  assert.deepEqual(versions([...AT_100_S, proposal(2, 2, 50)]), [1])
  assert.deepEqual(versions([...AT_100_S, proposal(2, 3, 50)]), [1, 2])
})

test('an entry by whose log time a later proposal came too late is not removed', () => {
  const entries = [...AT_100_S, proposal(2, 2, 50), entry('tick', 101), entry('tick', 102)]
  const removed = removableKeys(entries, layoutOrder(entries), 1)
  assert.deepEqual(removed, ['tick 101'])
  const left = entries.filter(({ key }) => !removed.includes(key))
  assert.deepEqual(layoutOrder(left).layouts, layoutOrder(entries).layouts)
})

test('what is taken back must be to come', () => {
  const split = [...BEGUN, proposal(2, 3, 2)]
  assert.deepEqual(versions([...split, proposal(3, 3, 100)]), [1, 3])
  assert.deepEqual(versions([...split, proposal(3, 3, 141)]), [1, 2])
})
