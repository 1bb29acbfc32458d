import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JournalEntry } from '../../../stores/counts/journal.ts'
import { bothOf, importingIn, namesOf } from './importing.ts'

const noted = (atMs: number, importing?: { from: number; to: number } | null): JournalEntry => {
  return { atMs, key: 'a', body: { done: false, ...(importing !== undefined && { importing }) } }
}

test('what was imported is open until a recount has seen its note and its minutes are closed', () => {
  const entries = [noted(2, { from: 60, to: 180 })]
  assert.deepEqual(importingIn(entries, null), { from: 60, to: 180 })
  assert.deepEqual(
    importingIn(entries, {}),
    { from: 60, to: 180 },
    'a recount of an earlier release says nothing',
  )
  assert.deepEqual(importingIn(entries, { imports: { held: [], closedTo: 999 } }), { from: 60, to: 180 })
  const held = namesOf(entries)
  assert.deepEqual(importingIn(entries, { imports: { held, closedTo: 100 } }), { from: 100, to: 180 })
  assert.equal(importingIn(entries, { imports: { held, closedTo: 180 } }), null)
})

test('of several imports all that is open counts, and notes without a range say nothing', () => {
  const [last, first] = [noted(9, { from: 600, to: 660 }), noted(7, { from: 60, to: 120 })]
  assert.deepEqual(importingIn([last, first, noted(1)], null), { from: 60, to: 660 })
  const held = namesOf([first])
  assert.deepEqual(importingIn([last, first], { imports: { held, closedTo: 1_000 } }), { from: 600, to: 660 })
  assert.equal(importingIn([noted(3, null), noted(2)], null), null)
  assert.equal(bothOf(null, null), null)
})
