import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryViewers } from './memory-viewers.ts'
import { viewersContract } from './viewers-contract.ts'
import { VIDEOS_MAX } from './watched-videos.ts'

viewersContract('Viewers in memory', async (clock) => {
  return { viewers: new MemoryViewers(clock), close: async () => {} }
})

test('a tenant that makes up videos without end takes no room from another', async () => {
  const viewers = new MemoryViewers(new ManualClock(0))
  await viewers.beat('small', 'before', 'viewer')
  for (let at = 0; at < VIDEOS_MAX - 1; at++) await viewers.beat('greedy', `v${at}`, 'viewer')
  await assert.rejects(viewers.beat('greedy', 'one more', 'viewer'), /more than 20000 videos/)
  await viewers.beat('small', 'after', 'viewer')
  await viewers.beat('new', 'first', 'viewer')
  const [small, fresh] = [await viewers.count('small', 'before'), await viewers.count('small', 'after')]
  assert.deepEqual([small, fresh, await viewers.count('new', 'first')], [1, 1, 1])
  assert.equal(await viewers.countAll('greedy'), 1)
  assert.deepEqual([await viewers.count('greedy', 'v0'), await viewers.count('greedy', 'v9')], [0, 1])
})
