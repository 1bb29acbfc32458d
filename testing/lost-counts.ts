// What every answer from the archive owes to counts that were lost.
import assert from 'node:assert/strict'
import type { Vouched } from '../services/query/deps.ts'
import { vouchedIn } from '../services/query/read/rebuilt.ts'

const LOST = { version: 1, begunMs: 0, fromMinute: 0, viewersTo: 0, isPrepared: true, isDone: true }

/**
 * Checks that an answer is not complete while lost counts are counted again, nor later where it reaches back before
 * what is whole again.
 * @param from the first minute of the answer
 */
export async function checkLostCounts(
  world: { known: Vouched | null },
  from: number,
  isComplete: () => Promise<boolean>,
): Promise<void> {
  assert.equal(await isComplete(), true)
  world.known = vouchedIn({ ...LOST, isDone: false })
  assert.equal(await isComplete(), false)
  world.known = vouchedIn({ ...LOST, fromMinute: from + 1 })
  assert.equal(await isComplete(), false)
  world.known = vouchedIn({ ...LOST, fromMinute: from })
  assert.equal(await isComplete(), true)
}
