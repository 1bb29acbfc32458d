// Against a real Redis, which is emptied: REDIS_URL names it. Without that, its tests are skipped.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import type { Redis } from 'ioredis'
import { systemClock } from '../../../lib/system-clock.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import type { Change } from '../../changes/changes.ts'
import { RedisChangePublisher, RedisChangeSubscriber } from '../../changes/redis-changes.ts'
import { blockOf, hintsContract } from '../../hints/hints-contract.ts'
import { HINT_CALL_LIMITS, HINT_LIMITS, RedisHints } from '../../hints/redis-hints.ts'
import { LocalRateLimit } from '../../rate-limit/rate-limit.ts'
import { RedisRateLimit } from '../../rate-limit/redis-rate-limit.ts'
import { FRESH_MS } from '../../rates/rates.ts'
import { RedisRates } from '../../rates/redis-rates.ts'
import { CALL_LIMITS, RedisCalls } from '../../redis/calls.ts'
import { openRedis } from '../../redis/connection.ts'
import { RedisViewers } from '../../viewers/redis-viewers.ts'
import { viewersContract } from '../../viewers/viewers-contract.ts'
import { cacheContract } from '../cache-contract.ts'
import { RedisCache } from './redis-cache.ts'

const url = process.env.REDIS_URL
const PATIENT = { ...CALL_LIMITS, timeoutMs: 5_000 }
const SOURCE = 'inc-0'
const HINTS = { ...HINT_LIMITS, putTimeoutMs: 5_000, readTimeoutMs: 5_000 }

async function connect(): Promise<Redis> {
  const redis = openRedis({ url: url!, name: 'tally-test' })
  await once(redis, 'ready')
  return redis
}

async function empty(): Promise<{ redis: Redis; calls: RedisCalls }> {
  const redis = await connect()
  await redis.flushall()
  return { redis, calls: new RedisCalls(redis, systemClock, PATIENT) }
}

if (url !== undefined) {
  hintsContract('Hints in Redis', async () => {
    const { redis } = await empty()
    const calls = new RedisCalls(redis, systemClock, HINT_CALL_LIMITS)
    return { hints: new RedisHints(calls, HINTS), close: async () => redis.disconnect() }
  })

  viewersContract('Viewers in Redis', async (clock) => {
    const { redis, calls } = await empty()
    return { viewers: new RedisViewers(calls, clock), close: async () => redis.disconnect() }
  })

  cacheContract('A shared cache in Redis', async () => {
    const { redis, calls } = await empty()
    const clear = async () => void (await redis.flushall())
    return { cache: new RedisCache(calls), clear, close: async () => redis.disconnect() }
  })
}

it('partitioners add up what they see, and one that is gone is left out', async ({ calls, redis }) => {
  const clock = new ManualClock()
  const [one, other] = ['one', 'other'].map((name) => new RedisRates(calls, clock, name)) as [
    RedisRates,
    RedisRates,
  ]
  const hot = (rate: number) => ({ total: 2 * rate, videos: new Map([['hot', rate]]) })
  assert.deepEqual(await one.share(hot(10)), hot(10))
  assert.deepEqual(await other.share(hot(5)), hot(15))
  assert.deepEqual(await one.share(hot(1)), hot(6))
  clock.advance(FRESH_MS + 1)
  assert.deepEqual(await one.share(hot(1)), hot(1))
  await redis.hset('tally:video-rates', 'foreign', 'noise')
  clock.advance(10 * FRESH_MS)
  assert.deepEqual(await one.share(hot(2)), hot(2))
  assert.deepEqual(await redis.hkeys('tally:video-rates'), ['one'])
})

/** A test on an empty Redis. */
function it(title: string, run: (on: { redis: Redis; calls: RedisCalls }) => Promise<void>): void {
  test(title, { skip: url === undefined }, async () => {
    const on = await empty()
    try {
      await run(on)
    } finally {
      on.redis.disconnect()
    }
  })
}

it('a source keeps no more bytes of hints than it may', async ({ redis, calls }) => {
  const sourceBytesMax = 200_000
  const hints = new RedisHints(calls, { ...HINTS, sourceBytesMax })
  const entries = new Uint32Array(5 * 1_000).fill(7)
  for (let at = 0; at < 40; at++) await hints.put(SOURCE, { ...blockOf(at, at + 1), entries })
  const used = Number(await redis.memory('USAGE', `tally:hints:${SOURCE}`))
  assert.ok(used <= sourceBytesMax, `${used} bytes`)
  const left = await hints.read(SOURCE, 0, 40)
  assert.ok(left.length > 5 && left.at(-1)!.to === 40, `${left.length} blocks are left`)
})

it('a source keeps no older hints than the window, and none when it stands still', async ({
  redis,
  calls,
}) => {
  const hints = new RedisHints(calls, { ...HINTS, windowMs: 10_000 })
  const at = (logTimeMs: number, to: number) => ({ ...blockOf(to - 1, to), logTimeMs })
  for (const [logTimeMs, to] of [
    [1_000, 1],
    [5_000, 2],
    [11_001, 3],
  ] as const) {
    await hints.put(SOURCE, at(logTimeMs, to))
  }
  assert.deepEqual(
    (await hints.read(SOURCE, 0, 9)).map(({ to }) => to),
    [2, 3],
  )
  assert.ok((await redis.pttl(`tally:hints:${SOURCE}`)) <= 10_000)
})

it('a block too large is refused, and a damaged one is not read', async ({ redis, calls }) => {
  const hints = new RedisHints(calls, { ...HINTS, blockBytesMax: 100 })
  await hints.put(SOURCE, blockOf(0, 1))
  const large = { ...blockOf(1, 2), entries: new Uint32Array(500) }
  await assert.rejects(hints.put(SOURCE, large), { code: 'refused' })
  await redis.xadd(`tally:hints:${SOURCE}`, '7-0', 'at', '1', 'block', 'rubbish')
  await redis.xadd(`tally:hints:${SOURCE}`, '8-0', 'other', 'fields')
  assert.deepEqual(await hints.read(SOURCE, 0, 9), [blockOf(0, 1)])
})

it('a damaged cache entry is not read', async ({ redis, calls }) => {
  const cache = new RedisCache(calls)
  const { mark } = await cache.read('g', 'k')
  await cache.write('g', 'k', mark, Buffer.from('value'), 60_000)
  await redis.setrange('tally:cache:{g}:k', 42, 'X')
  assert.equal((await cache.read('g', 'k')).value, null)
})

it('partitioners share one rate', async ({ calls }) => {
  const limits = [1, 2].map(() => new RedisRateLimit(calls, 10, new LocalRateLimit(10, systemClock)))
  assert.equal(await limits[0]!.take('a', 600), 0)
  const waitMs = await limits[1]!.take('a', 1)
  assert.ok(waitMs > 1_000 && waitMs <= 59_000, `${waitMs} ms`)
  assert.equal(await limits[1]!.take('b', 1), 0)
})

it('a rate fills up again with time', async ({ calls }) => {
  const limit = new RedisRateLimit(calls, 1_000, new LocalRateLimit(1_000, systemClock))
  const startMs = performance.now()
  assert.equal(await limit.take('a', 1_050), 0)
  const waitMs = await limit.take('a', 1)
  const leastMs = 50 - (performance.now() - startMs) - 2 // two clocks, both in whole milliseconds
  assert.ok(waitMs >= leastMs && waitMs <= 50, `${waitMs} ms, at least ${leastMs} ms`)
  await systemClock.sleep(waitMs + 2)
  assert.equal(await limit.take('a', 1), 0)
})

it('news reaches those who listen, and a lost connection is a gap', async ({ redis, calls }) => {
  const listening = openRedis({ url: url!, name: 'tally-test' })
  const subscriber = new RedisChangeSubscriber(listening)
  let gap = Promise.withResolvers<void>()
  const news = Promise.withResolvers<Change>()
  subscriber.subscribe({ changed: news.resolve, gap: () => gap.resolve() })
  const video = { tenant: '', videoId: 'v' }
  subscriber.follow(video)
  await gap.promise
  gap = Promise.withResolvers()
  await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
  await gap.promise
  assert.ok(subscriber.isListening(video))
  const change = { series: [{ ...video, type: 'view' }], asOfMs: 5 }
  new RedisChangePublisher(calls, systemClock).publish(change)
  assert.deepEqual(await news.promise, change)
  subscriber.follow({ tenant: '', videoId: 'w' })() // it is left before Redis has answered
  assert.equal(await listening.ping(), 'PONG')
  listening.disconnect()
})

it('a Redis that hangs costs three calls their patience, and is used again when it is back', async ({
  redis,
}) => {
  const clock = new ManualClock()
  const limits = { ...CALL_LIMITS, timeoutMs: 20, restMs: 100 }
  const codes: string[] = []
  const hasty = new RedisCalls(redis, clock, limits, (code) => codes.push(code))
  const set = (timeoutMs?: number) => hasty.run((r) => r.set('key', 'value'), timeoutMs)
  const other = await connect()
  await other.client('PAUSE', 60_000, 'WRITE') // longer than the test takes: it ends by itself only if the test fails
  for (let i = 0; i < 6; i++) await set().catch(() => {})
  assert.deepEqual(codes, ['timeout', 'timeout', 'timeout', 'unavailable', 'unavailable', 'unavailable'])
  await other.client('UNPAUSE')
  other.disconnect()
  clock.advance(limits.restMs)
  assert.equal(await set(PATIENT.timeoutMs), 'OK')
})

it('FLUSHALL and a lost connection harm nobody', async ({ redis, calls }) => {
  const cache = new RedisCache(calls)
  const hints = new RedisHints(calls, HINTS)
  const limit = new RedisRateLimit(calls, 10, new LocalRateLimit(10, systemClock))
  const work = async (i: number) => {
    const { mark } = await cache.read('g', 'k')
    await cache.write('g', 'k', mark, Buffer.from('value'), 60_000)
    await hints.put(SOURCE, blockOf(i, i + 1))
    await limit.take('a', 1)
  }
  const harm = await connect()
  for (let i = 0; i < 60; i++) {
    const working = work(i).catch((error) => error)
    if (i % 7 === 0) await harm.flushall()
    if (i % 20 === 10) await harm.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    const error = await working
    if (error !== undefined) assert.equal(error.code, 'unavailable')
    if (redis.status !== 'ready') await once(redis, 'ready')
  }
  harm.disconnect()
})
