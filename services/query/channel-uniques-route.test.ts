import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QueryRate } from '../../lib/http/query-rate.ts'
import { buildServer } from '../../lib/http/server.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { minuteOf } from '../../model/bucket.ts'
import { HyperLogLog } from '../../model/hyper-log-log.ts'
import { checkAnswers } from '../../testing/check-answers.ts'
import { keyRing } from '../../testing/key-ring.ts'
import { MemoryUniques } from '../../testing/memory-uniques.ts'
import { MemoryVideos } from '../../testing/memory-videos.ts'
import { CHANNEL_SKETCHES_MAX, registerChannelUniques } from './channel-uniques-route.ts'
import { LastKnown } from './kept/last-known.ts'

const NOW = Date.parse('2026-11-21T12:00:30Z')
const DAY = '?startTime=2026-11-20T00:00:00Z&endTime=2026-11-21T00:00:00Z'

async function serve(videoIds: readonly string[], keys = '') {
  const [uniques, videos] = [new MemoryUniques(), new MemoryVideos()]
  for (const videoId of videoIds) {
    const video = { title: videoId, channel: 'Caf\u00e9', durationSeconds: null, publishedMs: null }
    await videos.put('', videoId, video)
  }
  const app = buildServer()
  checkAnswers(app)
  const clock = { ...systemClock, nowMs: () => NOW }
  const rate = new QueryRate({ costPerSecondMax: null }, clock)
  const lastKnown = new LastKnown({ clock, shared: null, onStale: () => {} })
  registerChannelUniques(app, { uniques, videos, clock, keys: keyRing(keys), lastKnown, rate })
  const merge = (videoId: string, time: string, viewers: readonly string[]) =>
    uniques.merge([
      { tenant: '', videoId, hour: minuteOf(Date.parse(time)), sketch: HyperLogLog.of(viewers) },
    ])
  const get = async (query = '', status = 200, headers = {}) => {
    const answer = await app.inject({ url: `/v1/channels/Caf%C3%A9/uniques${query}`, headers })
    assert.equal(answer.statusCode, status, answer.body)
    return answer.json()
  }
  return { uniques, merge, get }
}

test('who watched several videos of a channel counts once', async () => {
  const { merge, get } = await serve(['v', 'w'])
  await merge('v', '2026-11-20T10:00Z', ['a', 'b'])
  await merge('w', '2026-11-20T22:00Z', ['b', 'c'])
  await merge('other', '2026-11-20T10:00Z', ['d'])
  assert.deepEqual(await get(DAY), {
    channelId: 'Caf\u00e9',
    startTime: '2026-11-20T00:00:00Z',
    endTime: '2026-11-21T00:00:00Z',
    uniques: 3,
    error: 0.01625,
    exact: false,
    meta: { asOf: '2026-11-21T12:00:30.000Z', stale: false },
  })
})

test('one video of which not all is known makes the answer stale', async () => {
  const { uniques, get } = await serve(['v', 'w'])
  const read = uniques.read.bind(uniques)
  uniques.read = async (...asked) => ({ ...(await read(...asked)), stale: asked[1] === 'w' })
  assert.equal((await get(DAY)).meta.stale, true)
  uniques.read = () => Promise.reject(new Error('away'))
  assert.equal((await get(`${DAY.replace('20T', '19T')}`, 503)).type, 'urn:tally:problem:store-unavailable')
})

test('more than a bounded number of sketches is refused', async () => {
  const { get } = await serve(Array.from({ length: CHANNEL_SKETCHES_MAX / 40 }, (_, i) => `v${i}`))
  await get('?startTime=2026-11-01T00:00:00Z&endTime=2026-11-21T00:00:00Z')
  await get('?startTime=2026-10-12T00:00:00Z&endTime=2026-11-21T00:00:00Z')
  const { errors } = await get('?startTime=2026-10-11T00:00:00Z&endTime=2026-11-21T00:00:00Z', 400)
  assert.deepEqual([errors[0].parameter, errors[0].code], ['startTime', 'range_too_long'])
})

test('an unknown channel has no viewers, and a tenant sees its own', async () => {
  assert.equal((await (await serve([])).get(DAY)).uniques, 0)
  const { merge, get } = await serve(['v'], 'k=t')
  await merge('v', '2026-11-20T10:00Z', ['a'])
  await get(DAY, 401)
  assert.equal((await get(DAY, 200, { 'x-api-key': 'k' })).uniques, 0)
})
