import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addTallies, NO_TALLY, type Tally } from './tally.ts'

/** Every field has a different number, so that none can be confused with another. */
function tally(scale: number): Tally {
  return {
    buckets: scale,
    equal: 2 * scale,
    differing: 3 * scale,
    difference: 4 * scale,
    lateApplied: 5 * scale,
    unexplained: 6 * scale,
    unexplainedDifference: 7 * scale,
  }
}

test('tallies add up part by part', () => {
  assert.deepEqual(addTallies(tally(10), tally(100)), tally(110))
  assert.deepEqual(addTallies(NO_TALLY, tally(3)), tally(3))
})

test('what else an audit holds stays out of the sum', () => {
  assert.deepEqual(addTallies({ ...tally(1), hour: 60 } as Tally, NO_TALLY), tally(1))
})
