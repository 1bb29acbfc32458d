import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE_MS } from '../../model/bucket.ts'
import { Random } from '../../simulator/random.ts'
import { type Sample, Truth } from './acknowledged-counts.ts'
import { NAMED_PREFIX, Traffic } from './traffic.ts'

const NOW_MS = 1_000 * MINUTE_MS + 30_000
const VIEW: Sample = { id: 'a', videoId: 'v', type: 'view', timeMs: NOW_MS, thousandths: 1_500 }

test('an id counts once, however often it is sent', () => {
  const truth = new Truth()
  truth.add(VIEW)
  truth.add(VIEW)
  truth.add({ ...VIEW, id: 'b' })
  assert.equal(truth.events, 2)
  assert.deepEqual([...truth.minutes('v', 'view')], [[1_000 * MINUTE_MS, { count: 2, thousandths: 3_000 }]])
})

test('the range holds every minute that an event fell into', () => {
  const truth = new Truth()
  truth.add(VIEW)
  truth.add({ ...VIEW, id: 'b', timeMs: 998 * MINUTE_MS })
  assert.deepEqual(truth.range, { fromMs: 998 * MINUTE_MS, toMs: 1_001 * MINUTE_MS })
})

test('a video that nobody saw has no minutes', () => {
  assert.equal(new Truth().minutes('v', 'view').size, 0)
})

test('traffic holds copies of itself, old events, and videos of one event alone', () => {
  const traffic = new Traffic(new Random(3))
  const samples = Array.from({ length: 10_000 }, () => traffic.next(NOW_MS))
  const distinct = new Set(samples.map(({ id }) => id)).size
  const named = new Map(
    samples.flatMap(({ videoId, id }) => (videoId.startsWith(NAMED_PREFIX) ? [[videoId, id]] : [])),
  )
  assert.ok(Math.abs(distinct - 9_000) < 200, `${distinct} distinct ids`)
  assert.ok(named.size > 150 && named.size === new Set(named.values()).size, `${named.size} named`)
  assert.ok(samples.some(({ timeMs }) => timeMs < NOW_MS - 50_000))
  assert.ok(samples.every(({ timeMs }) => timeMs <= NOW_MS && timeMs >= NOW_MS - MINUTE_MS))
})

test('traffic repeats itself under the same seed', () => {
  const of = (seed: number) => {
    const traffic = new Traffic(new Random(seed))
    return Array.from({ length: 100 }, () => traffic.next(NOW_MS))
  }
  assert.deepEqual(of(1), of(1))
  assert.notDeepEqual(of(1), of(2))
})
