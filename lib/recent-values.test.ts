import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecentValues } from './recent-values.ts'

/** Puts each [key, weight], then returns which keys are left. */
function left(values: RecentValues<string>, keys: string): string {
  return [...keys].filter((key) => values.get(key) !== undefined).join('')
}

function filled(weightMax: number, ...entries: readonly (readonly [string, number])[]): RecentValues<string> {
  const values = new RecentValues<string>(weightMax)
  for (const [key, weight] of entries) values.set(key, key, weight)
  return values
}

test('what was used least recently goes first', () => {
  const values = filled(3, ['a', 1], ['b', 1], ['c', 1])
  values.get('a')
  values.set('d', 'd', 1)
  assert.equal(left(values, 'abcd'), 'acd')
})

test('as many go as the new value weighs', () => {
  assert.equal(left(filled(5, ['a', 2], ['b', 2], ['c', 4]), 'abc'), 'c')
})

test('a value that weighs too much is not kept, nor is any other', () => {
  assert.equal(left(filled(5, ['a', 2], ['b', 6]), 'ab'), '')
})

test('a value set again weighs once', () => {
  const values = filled(4, ['a', 3], ['a', 1], ['b', 3])
  assert.equal(left(values, 'ab'), 'ab')
})

test('it goes on forgetting the oldest one, also after it was empty', () => {
  const values = filled(2, ['a', 3], ['b', 1], ['c', 1], ['d', 1])
  values.get('c')
  values.set('e', 'e', 1)
  values.set('f', 'f', 3)
  for (const key of 'ghi') values.set(key, key, 1)
  assert.equal(left(values, 'abcdefghi'), 'hi')
})
