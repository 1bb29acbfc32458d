import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NO_KEYS } from '../../../lib/http/keys/key-ring.ts'
import { QUERY_RATE_SETTINGS, QueryRate } from '../../../lib/http/query-rate.ts'
import { buildServer } from '../../../lib/http/server.ts'
import type { VideoReader, VideoWriter } from '../../../stores/videos/videos.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryVideos } from '../../../testing/memory-videos.ts'
import { VIDEO_LIMITS } from './video-form.ts'
import { registerVideos } from './video-routes.ts'

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'

const CATS = { title: 'Cats', channel: 'Pets', durationSeconds: 12.5, published: '2026-11-21T08:00:00.000Z' }
const BODIES: Partial<Record<Method, unknown>> = { PUT: CATS, POST: [{ videoId: 'v', ...CATS }] }
const ONLY_TITLE = { title: 'Cats', channel: null, durationSeconds: null, published: null }

function serve(keys = NO_KEYS, videos: VideoReader & VideoWriter = new MemoryVideos()) {
  const app = buildServer()
  registerVideos(app, { videos, keys, rate: new QueryRate({ costPerSecondMax: null }, { nowMs: () => 0 }) })
  return async (status: number, method: Method, path: string, body?: unknown, headers = {}) => {
    const payload = body === undefined ? {} : { payload: body as object }
    const response = await app.inject({ method, url: `/v1/videos${path}`, headers, ...payload })
    assert.equal(response.statusCode, status, response.body)
    return response.body === '' ? null : response.json()
  }
}

test('what was put is given back, until it is removed', async () => {
  const ask = serve()
  await ask(404, 'GET', '/cats')
  assert.deepEqual(await ask(200, 'PUT', '/cats', CATS), { videoId: 'cats', ...CATS })
  assert.deepEqual(await ask(200, 'GET', '/cats'), { videoId: 'cats', ...CATS })
  assert.equal(await ask(204, 'DELETE', '/cats'), null)
  await ask(204, 'DELETE', '/cats')
  await ask(404, 'GET', '/cats')
})

test('a title is enough, and null is the same as nothing', async () => {
  const ask = serve()
  for (const body of [{ title: 'Cats' }, ONLY_TITLE]) {
    assert.deepEqual(await ask(200, 'PUT', '/c%2Fats', body), { videoId: 'c/ats', ...ONLY_TITLE })
  }
})

test('a search costs more than a title, as much as the rows that it reads', async () => {
  const app = buildServer()
  const rate = new QueryRate({ costPerSecondMax: 1_000 }, new ManualClock())
  const videos = new MemoryVideos()
  await videos.put('', 'v', { title: 'Cats', channel: null, durationSeconds: null, publishedMs: null })
  registerVideos(app, { videos, keys: NO_KEYS, rate })
  const ask = async (path: string) => (await app.inject(`/v1/videos${path}`)).statusCode
  for (let asked = 0; asked < 100; asked++) assert.equal(await ask('/v'), 200)
  assert.equal(await ask('?search=c'), 200)
  assert.equal(await ask('?search=c'), 200)
  assert.equal(await ask('?search=c'), 429)
})

describe('refuses', () => {
  const check = (name: string, body: unknown, ...named: string[]) =>
    test(name, async () => {
      const { errors } = await serve()(400, 'PUT', '/v', body)
      assert.deepEqual(
        errors.map(({ parameter }: { parameter: string }) => parameter),
        named,
      )
    })
  check('a body that is no object', [], 'body')
  check('everything that is wrong, by name', { channel: 5, duration: 1 }, 'duration', 'title', 'channel')
  test('many unknown fields, ten of them by name', async () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`f${at}`, 0]))
    const { errors } = await serve()(400, 'PUT', '/v', { ...many, title: 'x' })
    assert.equal(errors.length, 10)
  })
  test('a body far larger than any video', async () => {
    await serve()(413, 'PUT', '/v', { title: 'x', padding: 'x'.repeat(64 << 10) })
  })
  check('a title that is too long', { title: 'x'.repeat(257) }, 'title')
  check('a title of control characters', { title: 'a\u0007' }, 'title')
  check('a negative duration', { title: 'x', durationSeconds: -1 }, 'durationSeconds')
  check('a duration in words', { title: 'x', durationSeconds: '1' }, 'durationSeconds')
  check('a date without a time', { title: 'x', published: '2026-11-21' }, 'published')
  check('a date out of range', { title: 'x', published: 9e15 }, 'published')

  test('a video id that is none', async () => {
    await serve()(400, 'PUT', '/a%07', { title: 'x' })
    await serve()(400, 'GET', `/${'x'.repeat(129)}`)
  })
})

test('takes many at once, and tells which are not valid', async () => {
  const ask = serve()
  const videos = [
    { videoId: 'a', ...CATS },
    { videoId: 'b' },
    7,
    { title: 'x' },
    { videoId: 'c', title: 'Dogs' },
  ]
  const { stored, rejected } = await ask(200, 'POST', '', { videos })
  const named = rejected.map(({ index, errors }: { index: number; errors: { parameter: string }[] }) => [
    index,
    ...errors.map(({ parameter }) => parameter),
  ])
  assert.deepEqual(
    [stored, named],
    [
      2,
      [
        [1, 'title'],
        [2, 'body'],
        [3, 'videoId'],
      ],
    ],
  )
  assert.deepEqual(await ask(200, 'GET', '/a'), { videoId: 'a', ...CATS })
  assert.deepEqual((await ask(200, 'GET', '/c')).title, 'Dogs')
  await ask(404, 'GET', '/b')
})

test('takes an array too, and refuses what holds no video', async () => {
  const ask = serve()
  const clips = Array.from({ length: 1_000 }, (_, i) => ({ videoId: `v${i}`, title: `Clip ${i}` }))
  assert.deepEqual(await ask(200, 'POST', '', clips), { stored: 1_000, rejected: [] })
  assert.equal((await ask(422, 'POST', '', [{ videoId: 'a' }])).stored, 0)
  for (const body of [{}, { videos: [] }, { videos: 'x' }, [...clips, clips[0]]]) {
    assert.equal((await ask(400, 'POST', '', body)).errors[0].parameter, 'body')
  }
})

test('finds by the start of a title or an id, as many as asked for', async () => {
  const ask = serve()
  for (const id of ['v1', 'v2', 'v3']) await ask(200, 'PUT', `/${id}`, { title: `Quiet ${id}` })
  const ids = async (query: string) =>
    (await ask(200, 'GET', query)).videos.map(({ videoId }: { videoId: string }) => videoId)
  assert.deepEqual(await ids('?search=quiet'), ['v1', 'v2', 'v3'])
  assert.deepEqual(await ids('?search=v2'), ['v2'])
  assert.deepEqual(await ids('?limit=2'), ['v1', 'v2'])
  const { errors } = await ask(400, 'GET', '?search=%07&limit=101&x=1&cursor=x')
  assert.equal(errors.length, 4)
})

test('gives pages that follow each other, and the channels that are found', async () => {
  const ask = serve()
  for (let i = 0; i < 5; i++)
    await ask(200, 'PUT', `/v${i}`, { title: `Clip ${i}`, channel: 'Caf\u00e9 Clips' })
  const first = await ask(200, 'GET', '?search=clip&limit=3')
  assert.deepEqual(first.channels, [{ channelId: 'Caf\u00e9 Clips' }])
  const second = await ask(200, 'GET', `?search=clip&limit=3&cursor=${first.nextCursor}`)
  const ids = [...first.videos, ...second.videos].map(({ videoId }: { videoId: string }) => videoId)
  assert.deepEqual(ids, ['v0', 'v1', 'v2', 'v3', 'v4'])
  assert.deepEqual([second.nextCursor, second.channels], [undefined, undefined])
})

test('gives the videos of one channel, page by page, and those of them that a search finds', async () => {
  const ask = serve()
  for (let i = 0; i < 5; i++) await ask(200, 'PUT', `/v${i}`, { title: `Clip ${i}`, channel: 'Café & Co' })
  await ask(200, 'PUT', '/w', { title: 'Clip', channel: 'Café' })
  const channel = encodeURIComponent('Café & Co')
  const ids = (page: { videos: { videoId: string }[] }) => page.videos.map(({ videoId }) => videoId)
  const first = await ask(200, 'GET', `?channel=${channel}&limit=3`)
  const second = await ask(200, 'GET', `?channel=${channel}&limit=3&cursor=${first.nextCursor}`)
  assert.deepEqual(
    [ids(first), ids(second)],
    [
      ['v0', 'v1', 'v2'],
      ['v3', 'v4'],
    ],
  )
  assert.deepEqual([first.channels, second.nextCursor], [undefined, undefined])
  assert.deepEqual(ids(await ask(200, 'GET', `?channel=${channel}&search=clip%203`)), ['v3'])
  assert.deepEqual(ids(await ask(200, 'GET', '?channel=nobody')), [])
  for (const query of ['channel=', 'channel=%07', `channel=${'x'.repeat(129)}`, 'channel=a&channel=b']) {
    const { errors } = await ask(400, 'GET', `?${query}`)
    assert.equal(errors[0].parameter, 'channel')
  }
})

test('a cursor of a search is none of the videos of a channel', async () => {
  const ask = serve()
  for (let i = 0; i < 2; i++) await ask(200, 'PUT', `/v${i}`, { title: `Clip ${i}`, channel: 'Pets' })
  const { nextCursor } = await ask(200, 'GET', '?search=clip&limit=1')
  const { errors } = await ask(400, 'GET', `?channel=Pets&search=clip&limit=1&cursor=${nextCursor}`)
  assert.equal(errors[0].parameter, 'cursor')
})

test('a tenant sees and names its own videos alone', async () => {
  const ask = serve(keyRing('ka=a,kb=b'))
  const [a, b] = [{ 'x-api-key': 'ka' }, { 'x-api-key': 'kb' }]
  await ask(200, 'PUT', '/v', CATS, a)
  await ask(404, 'GET', '/v', undefined, b)
  assert.deepEqual((await ask(200, 'GET', '', undefined, b)).videos, [])
  await ask(204, 'DELETE', '/v', undefined, b)
  await ask(200, 'GET', '/v', undefined, a)
  await ask(401, 'PUT', '/v', CATS)
  await ask(200, 'POST', '', [{ videoId: 'w', ...CATS }], a)
  await ask(404, 'GET', '/w', undefined, b)
  await ask(401, 'POST', '', [{ videoId: 'w', ...CATS }])
})

test('says when to come back where they are away', async () => {
  const away = async () => Promise.reject(new Error('10.0.0.7: connection refused'))
  const ask = serve(NO_KEYS, {
    ...{ find: away, search: away, searchChannel: away, channels: away, channelVideos: away },
    ...{ put: away, putAll: away, remove: away },
  })
  for (const [method, path] of [
    ['PUT', '/v'],
    ['POST', ''],
    ['GET', '/v'],
    ['DELETE', '/v'],
    ['GET', ''],
    ['GET', '?channel=Pets'],
  ] as const) {
    const refusal = await ask(503, method, path, BODIES[method])
    assert.equal(refusal.type, 'urn:tally:problem:videos-unavailable')
    assert.doesNotMatch(JSON.stringify(refusal), /10\.0/)
  }
})

test('whoever sets or removes many titles exceeds its rate, by the number of videos', async () => {
  const app = buildServer()
  const rate = new QueryRate({ costPerSecondMax: 1_000 }, { nowMs: () => 0 })
  registerVideos(app, { videos: new MemoryVideos(), keys: NO_KEYS, rate })
  const statusOf = async (method: Method, url: string, payload?: object) =>
    (await app.inject({ method, url, ...(payload && { payload }) })).statusCode
  const twenty = Array.from({ length: 20 }, (_, i) => ({ videoId: `v${i}`, title: 'A title' }))
  assert.equal(await statusOf('POST', '/v1/videos', twenty), 200)
  for (const [method, url] of [
    ['POST', '/v1/videos'],
    ['PUT', '/v1/videos/cats'],
    ['DELETE', '/v1/videos/cats'],
  ] as const)
    assert.equal(
      await statusOf(method, url, method === 'DELETE' ? undefined : method === 'PUT' ? CATS : twenty),
      429,
    )
})

test('a tenant may set the most videos of one request at once, but not go on for long at that pace', async () => {
  const app = buildServer()
  let nowMs = 0
  const rate = new QueryRate(QUERY_RATE_SETTINGS, { nowMs: () => nowMs })
  registerVideos(app, { videos: new MemoryVideos(), keys: NO_KEYS, rate })
  const statusOf = async (method: Method, url: string, payload: object) =>
    (await app.inject({ method, url, payload })).statusCode
  const { videosMax } = VIDEO_LIMITS
  const most = Array.from({ length: videosMax }, (_, i) => ({ videoId: `v${i}`, title: 'A title' }))
  assert.equal(await statusOf('POST', '/v1/videos', most), 200)
  assert.equal(await statusOf('PUT', '/v1/videos/cats', CATS), 429)
  nowMs += 1
  assert.equal(await statusOf('PUT', '/v1/videos/cats', CATS), 200, 'the request has not overdrawn')
  nowMs += 60_000
  let taken = 0
  for (; (await statusOf('PUT', '/v1/videos/cats', CATS)) === 200; ) taken++
  assert.equal(taken, 400)
})
