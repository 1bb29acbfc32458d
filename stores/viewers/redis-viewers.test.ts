import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../testing/manual-clock.ts'
import { RedisViewers } from './redis-viewers.ts'
import { VIEWER_POINT_MS } from './viewers.ts'
import { VIDEOS_MAX } from './watched-videos.ts'

test('a tenant that makes up videos without end does not fill Redis, nor take room from another', async () => {
  let calls = 0
  const clock = new ManualClock(0)
  const run = async () => {
    calls++
    return undefined as never
  }
  const viewers = new RedisViewers({ run }, clock)
  for (let at = 0; at < VIDEOS_MAX; at++) await viewers.beat('greedy', `v${at}`, 'viewer')
  const full = calls
  await assert.rejects(viewers.beat('greedy', 'one more', 'viewer'), /more than 20000 videos/)
  assert.equal(calls, full, 'nothing of it reaches Redis')
  await viewers.beat('greedy', 'v7', 'another viewer')
  await viewers.beat('small', 'first', 'viewer')
  assert.ok(calls > full)
  clock.advance(VIEWER_POINT_MS)
  await viewers.beat('greedy', 'one more', 'viewer')
})
