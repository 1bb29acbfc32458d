import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { ManualClock } from '../../testing/manual-clock.ts'
import { CALL_LIMITS, RedisCalls } from '../redis/calls.ts'
import { parseRates, type Rates, ratesText, sumOf, VIDEOS_SHARED_MAX } from './rates.ts'
import { RedisRates } from './redis-rates.ts'

const rates: fc.Arbitrary<Rates> = fc.record({
  total: fc.integer({ min: 0, max: 1e9 }),
  videos: fc
    .dictionary(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 1e6 }), { maxKeys: 20 })
    .map((videos) => new Map(Object.entries(videos))),
})

test('what one process writes, another reads', () => {
  fc.assert(
    fc.property(rates, (one) => {
      assert.deepEqual(parseRates(ratesText(one, 5)), { atMs: 5, rates: { ...one } })
    }),
  )
})

test('only the hottest videos are told', () => {
  const videos = new Map(Array.from({ length: 1_000 }, (_, i) => [`v${i}`, i]))
  const told = parseRates(ratesText({ total: 1e6, videos }, 0))!.rates
  assert.equal(told.videos.size, VIDEOS_SHARED_MAX)
  assert.equal(Math.min(...told.videos.values()), 1_000 - VIDEOS_SHARED_MAX)
  assert.equal(told.total, 1e6)
})

test('what is not such a text is nothing', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '{"atMs":1}',
    '{"atMs":1,"total":2,"videos":[["v","x"]]}',
    '{"videos":3}',
  ])
    assert.equal(parseRates(text), null, text)
})

test('the rates of all processes add up, video by video', () => {
  const one = {
    total: 10,
    videos: new Map([
      ['a', 6],
      ['b', 4],
    ]),
  }
  const other = { total: 5, videos: new Map([['a', 5]]) }
  assert.deepEqual(sumOf([one, other]), {
    total: 15,
    videos: new Map([
      ['a', 11],
      ['b', 4],
    ]),
  })
})

test('without Redis a process has its own', async () => {
  const clock = new ManualClock()
  const away = {
    multi() {
      throw new Error('Connection is closed.')
    },
  } as unknown as Redis
  const shared = new RedisRates(new RedisCalls(away, clock, CALL_LIMITS), clock, 'one')
  const own = { total: 10, videos: new Map([['a', 6]]) }
  assert.deepEqual(await shared.share(own), own)
})
