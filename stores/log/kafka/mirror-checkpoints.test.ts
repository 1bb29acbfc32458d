import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryClient } from '../../../testing/memory-kafka-client.ts'
import { LogError } from '../log.ts'
import { mirrorCheckpoints } from './mirror-checkpoints.ts'

test('checkpoints are shown again and again, also after a failure, until it is told to stop', async () => {
  const clock = new ManualClock()
  const client = new MemoryClient(clock)
  const closing = new AbortController()
  const troubles: unknown[] = []
  let offsets: ReadonlyMap<number, number> = new Map()
  const options = { client, clock, group: 'g', topic: 't', offsets: () => offsets }
  const mirroring = mirrorCheckpoints(
    { ...options, onTrouble: (error) => troubles.push(error) },
    closing.signal,
  )
  const after = async (shown: ReadonlyMap<number, number>) => {
    offsets = shown
    clock.advance(60_000)
    await new Promise(setImmediate)
    return client.committed.get('g t')
  }
  assert.equal(await after(new Map()), undefined)
  assert.deepEqual(await after(new Map([[3, 7]])), new Map([[3, 7]]))
  client.before = () => {
    throw new LogError('unavailable', 'The coordinator is away.')
  }
  await after(new Map([[3, 8]]))
  assert.equal(troubles.length, 1)
  client.before = () => {}
  assert.deepEqual(await after(new Map([[3, 9]])), new Map([[3, 9]]))
  closing.abort()
  await mirroring
  assert.deepEqual(await after(new Map([[3, 10]])), new Map([[3, 9]]))
})
