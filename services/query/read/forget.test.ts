import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CALL_LIMITS } from '../../../stores/redis/calls.ts'
import { forget, groupOf } from './forget.ts'

const CLOCK = { nowMs: () => 0, sleep: async () => {} }
const VIDEOS = Array.from({ length: 3 * CALL_LIMITS.inFlightMax }, (_, i) => ({
  ...{ tenant: '', videoId: `v${i}`, type: 'view' },
}))

test('more videos are forgotten than a cache takes calls at once', async () => {
  const forgotten: string[] = []
  let inFlight = 0
  const invalidate = async (group: string) => {
    if (inFlight >= CALL_LIMITS.inFlightMax) throw new Error('too many calls are in flight')
    inFlight++
    await new Promise(setImmediate)
    inFlight--
    forgotten.push(group)
  }
  const unused = () => assert.fail('nothing is read or written')
  const shared = { invalidate, read: unused, write: unused }
  await forget(shared, CLOCK, 0, VIDEOS)
  assert.deepEqual(forgotten.sort(), VIDEOS.map(groupOf).sort())
})
