import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QueryRate } from '../../lib/http/query-rate.ts'
import { buildServer } from '../../lib/http/server.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { minuteOf } from '../../model/bucket.ts'
import { HyperLogLog } from '../../model/hyper-log-log.ts'
import { keyRing } from '../../testing/key-ring.ts'
import { MemoryUniques } from '../../testing/memory-uniques.ts'
import { LastKnown } from './kept/last-known.ts'
import { registerUniques } from './uniques-route.ts'

const NOW = Date.parse('2026-11-21T12:00:30Z')
const hourOf = (time: string) => minuteOf(Date.parse(time))

async function serve(keys = '') {
  const uniques = new MemoryUniques()
  const app = buildServer()
  const now = { ms: NOW }
  const clock = { ...systemClock, nowMs: () => now.ms }
  const rate = new QueryRate({ costPerSecondMax: null }, clock)
  const lastKnown = new LastKnown({ clock, shared: null, onStale: () => {} })
  registerUniques(app, { uniques, clock, keys: keyRing(keys), lastKnown, rate })
  const merge = (time: string, viewers: readonly string[], tenant = '') =>
    uniques.merge([{ tenant, videoId: 'v', hour: hourOf(time), sketch: HyperLogLog.of(viewers) }])
  const get = async (query = '', headers = {}) => {
    const response = await app.inject({ url: `/v1/videos/v/uniques${query}`, headers })
    return { status: response.statusCode, body: response.json() }
  }
  return { uniques, merge, get, now }
}

test('the viewers of whole hours are told, with their error', async () => {
  const { merge, get } = await serve()
  await merge('2026-11-21T10:00Z', ['a', 'b'])
  await merge('2026-11-21T11:00Z', ['b', 'c'])
  await merge('2026-11-21T12:00Z', ['d'])
  const { body } = await get('?startTime=2026-11-21T10:30:00Z&endTime=2026-11-21T11:01:00Z')
  assert.deepEqual(body, {
    videoId: 'v',
    startTime: '2026-11-21T10:00:00Z',
    endTime: '2026-11-21T12:00:00Z',
    uniques: 3,
    error: 0.01625,
    exact: false,
    meta: { asOf: '2026-11-21T12:00:30.000Z', stale: false },
  })
})

test('without a range it is the last four weeks, the present hour included', async () => {
  const { merge, get } = await serve()
  await merge('2026-11-21T12:00Z', ['a'])
  await merge('2026-10-24T12:00Z', ['b'])
  await merge('2026-10-24T11:00Z', ['c'])
  const { body } = await get()
  assert.deepEqual([body.startTime, body.endTime], ['2026-10-24T12:00:00Z', '2026-11-21T13:00:00Z'])
  assert.equal(body.uniques, 2)
})

test('hours of long ago are told by whole days', async () => {
  const { merge, get } = await serve()
  await merge('2025-06-01T00:00Z', ['a'])
  const { body } = await get('?startTime=2025-06-01T10:00:00Z&endTime=2025-06-01T11:00:00Z')
  assert.deepEqual([body.startTime, body.endTime], ['2025-06-01T00:00:00Z', '2025-06-02T00:00:00Z'])
  assert.equal(body.uniques, 1)
})

test('a tenant sees its own viewers', async () => {
  const { merge, get } = await serve('k=t')
  await merge('2026-11-21T12:00Z', ['a'], 't')
  await merge('2026-11-21T12:00Z', ['b', 'c'], 'u')
  assert.equal((await get('', { 'x-api-key': 'k' })).body.uniques, 1)
  assert.equal((await get()).status, 401)
})

test('a range too long, or unknown words, are refused', async () => {
  const { get } = await serve()
  const { status, body } = await get('?startTime=2026-08-01T00:00:00Z&type=view')
  assert.equal(status, 400)
  assert.match(body.detail, /type is not known here.*at most 92 days/)
})

test('a store that is away is told', async () => {
  const { uniques, get } = await serve()
  uniques.read = () => Promise.reject(new Error('away'))
  assert.equal((await get()).status, 503)
})

test('an answer is known again through the turn of an hour, whatever the question names', async () => {
  const { uniques, merge, get, now } = await serve()
  await merge('2026-11-21T12:00Z', ['a', 'b'])
  const read = uniques.read.bind(uniques)
  const times = [
    '12:30:10',
    '12:31:10',
    '12:58:30',
    '12:59:10',
    '12:59:59',
    '13:00:01',
    '13:00:10',
    '13:01:30',
  ]
  const questions: readonly ((nowMs: number) => string)[] = [
    () => '',
    () => '?startTime=2026-11-21T09:15:00Z',
    (nowMs) => `?startTime=${nowMs - 3_600_000}`,
    (nowMs) => `?startTime=${nowMs - 86_400_000}&endTime=${nowMs}`,
  ]
  for (const questionAt of questions) {
    const [first, ...later] = times.map((time) => Date.parse(`2026-11-21T${time}Z`))
    now.ms = first!
    uniques.read = read
    assert.equal((await get(questionAt(now.ms))).body.uniques, 2)
    uniques.read = () => Promise.reject(new Error('away'))
    for (const ms of later) {
      now.ms = ms
      const { status, body } = await get(questionAt(ms))
      assert.deepEqual([status, body.uniques, body.meta?.stale], [200, 2, true], `${questionAt(ms)} at ${ms}`)
    }
  }
})
