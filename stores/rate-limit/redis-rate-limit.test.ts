import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Redis } from 'ioredis'
import { ManualClock } from '../../testing/manual-clock.ts'
import { RedisCalls } from '../redis/calls.ts'
import { LocalRateLimit } from './rate-limit.ts'
import { RedisRateLimit } from './redis-rate-limit.ts'

/** A Redis that gives this answer to each script. */
function limitOn(answer: (keys: readonly string[]) => Promise<number[]>) {
  const clock = new ManualClock()
  const asked: string[][] = []
  const callBuffer = (_command: string, [, keyCount, ...rest]: [string, number, ...string[]]) => {
    asked.push(rest.slice(0, keyCount))
    return answer(rest.slice(0, keyCount))
  }
  const calls = new RedisCalls({ callBuffer } as unknown as Redis, clock)
  return { limit: new RedisRateLimit(calls, 10, new LocalRateLimit(10, clock)), asked }
}

const granted = async (keys: readonly string[]) => keys.map(() => 0)

test('requests of one turn share a round trip, and each gets its own answer', async () => {
  const { limit, asked } = limitOn(async (keys) => keys.map((_, i) => i))
  assert.deepEqual(await Promise.all(['a', 'b', 'a'].map((tenant) => limit.take(tenant, 1))), [0, 1, 2])
  assert.deepEqual(asked, [['tally:rate:a', 'tally:rate:b', 'tally:rate:a']])
})

test('requests that come during a round trip share the next', async () => {
  const first = Promise.withResolvers<void>()
  const { limit, asked } = limitOn(async (keys) => {
    if (asked.length === 1) await first.promise
    return granted(keys)
  })
  const takes = [limit.take('a', 1)]
  await null
  takes.push(limit.take('b', 1), limit.take('c', 1))
  first.resolve()
  await Promise.all(takes)
  assert.deepEqual(
    asked.map((keys) => keys.length),
    [1, 2],
  )
})

test('without Redis the local limit stands in', async () => {
  const { limit } = limitOn(() => Promise.reject(new Error('away')))
  assert.deepEqual(
    [await limit.take('a', 30), await limit.take('a', 1), await limit.take('b', 1)],
    [0, 2_000, 0],
  )
})
