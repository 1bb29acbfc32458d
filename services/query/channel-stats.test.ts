import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QueryRate } from '../../lib/http/query-rate.ts'
import { keyRing } from '../../testing/key-ring.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryVideos } from '../../testing/memory-videos.ts'
import { type Counted, HOURS, queryDeps, serve } from '../../testing/query-fixture.ts'
import { registerChannels } from './channel-route.ts'
import { CHANNEL_READ_MAX } from './question/vocabulary.ts'

const COUNT = '/v1/channels/Caf%C3%A9/stats?eventType=view&function=count'

async function channels(counted: readonly Counted[], members: Readonly<Record<string, string>>, keys = '') {
  const videos = new MemoryVideos()
  for (const [videoId, channel] of Object.entries(members)) {
    await videos.put('', videoId, { title: videoId, channel, durationSeconds: null, publishedMs: null })
  }
  const { app, counts } = await serve(counted)
  registerChannels(app, { ...queryDeps(counts), videos, ...(keys !== '' && { keys: keyRing(keys) }) })
  return async (url: string, status = 200, headers = {}) => {
    const answer = await app.inject({ url, headers })
    assert.equal(answer.statusCode, status, answer.body)
    return /json/.test(String(answer.headers['content-type'])) ? answer.json() : answer.body
  }
}

const COUNTED: readonly Counted[] = [
  { time: '2026-11-21T08:00Z', videoId: 'a', values: [1000n, 3000n] },
  { time: '2026-11-21T08:00Z', videoId: 'b', values: [5000n] },
  { time: '2026-11-21T09:59Z', videoId: 'b', values: [null, 7000n] },
  { time: '2026-11-21T08:30Z', videoId: 'c', values: [9000n] },
  { time: '2026-11-21T08:30Z', videoId: 'a', type: 'like', values: [null] },
]
const MEMBERS = { a: 'Caf\u00e9', b: 'Caf\u00e9', c: 'Other', d: 'Caf\u00e9' }

test('a channel counts what its videos count together', async () => {
  const ask = await channels(COUNTED, MEMBERS)
  const { meta, ...answer } = await ask(`${COUNT}&${HOURS}`)
  assert.deepEqual(answer, {
    ...{ channelId: 'Caf\u00e9', eventType: 'view', function: 'count' },
    ...{ startTime: '2026-11-21T08:00:00Z', endTime: '2026-11-21T10:00:00Z', value: 5 },
  })
  assert.equal(meta.complete, true)
  assert.equal((await ask(COUNT)).value, 5, 'from the first of any of them')
  assert.equal((await ask(COUNT.replace('count', 'average'))).value, 4)
  const { value, series } = await ask(`${COUNT}&${HOURS}&granularity=PT1H`)
  assert.deepEqual([value, series.map((point: { value: number }) => point.value)], [5, [3, 2]])
  const table = await ask(`${COUNT}&${HOURS}`, 200, { accept: 'text/csv' })
  assert.match(table, /^channelId,eventType,function,.*\r\nCaf\u00e9,view,count,/)
})

test('one that nobody has heard of counts nothing, and one of too many videos is refused', async () => {
  const many = Object.fromEntries(Array.from({ length: CHANNEL_READ_MAX + 1 }, (_, i) => [`v${i}`, 'Many']))
  const ask = await channels(COUNTED, many)
  assert.equal((await ask(COUNT)).value, 0)
  const { errors } = await ask(COUNT.replace('Caf%C3%A9', 'Many'), 400)
  assert.deepEqual([errors[0].parameter, errors[0].code], ['channelId', 'too_large'])
  await ask(COUNT.replace('Caf%C3%A9', 'a%07'), 400)
})

test('one of too many videos costs what was read of it', async () => {
  const { app, counts } = await serve([])
  const clock = new ManualClock()
  const rate = new QueryRate({ costPerSecondMax: 100 }, clock)
  const channelVideos = async () => Array.from({ length: CHANNEL_READ_MAX + 1 }, (_, i) => `v${i}`)
  registerChannels(app, { ...queryDeps(counts), clock, rate, videos: { channelVideos } })
  assert.equal((await app.inject(COUNT)).statusCode, 400)
  assert.equal((await app.inject(COUNT)).statusCode, 429)
})

test('a tenant has channels of its own', async () => {
  const ask = await channels(COUNTED, MEMBERS, 'key=acme')
  await ask(COUNT, 401)
  assert.equal((await ask(COUNT, 200, { 'x-api-key': 'key' })).value, 0)
})

test('a filter by attributes is for the service that has the archive', async () => {
  const ask = await channels(COUNTED, MEMBERS, 'key=acme')
  const filtered = `${COUNT}&where=country:DE`
  assert.equal((await ask(filtered, 421, { 'x-api-key': 'key' })).type, 'urn:tally:problem:misdirected')
  await ask(filtered, 401)
})

test('where it is not known which videos a channel has, that is what the refusal says', async () => {
  const { app, counts } = await serve(COUNTED)
  const channelVideos = () => Promise.reject(new Error('not whole'))
  registerChannels(app, { ...queryDeps(counts), videos: { channelVideos } })
  const answer = await app.inject(COUNT)
  assert.equal(answer.statusCode, 503)
  assert.equal(answer.json().type, 'urn:tally:problem:videos-unavailable')
})
