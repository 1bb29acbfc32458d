import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NO_KEYS } from '../../../lib/http/keys/key-ring.ts'
import { QueryRate } from '../../../lib/http/query-rate.ts'
import { buildServer } from '../../../lib/http/server.ts'
import { ANNOTATIONS_OF_TENANT_MAX, ANNOTATIONS_OF_VIDEO_MAX } from '../../../stores/videos/annotations.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { MemoryVideos } from '../../../testing/memory-videos.ts'
import { type AnnotationRoutesDeps, registerAnnotations } from './annotation-routes.ts'
import { registerVideos } from './video-routes.ts'

type Method = 'GET' | 'PUT' | 'DELETE'

const TRAILER = { time: '2026-11-21T18:00:00Z', text: 'Trailer published 🎬' }

function serve(keys = NO_KEYS, given: Partial<AnnotationRoutesDeps['videos']> = {}) {
  const app = buildServer()
  const videos = Object.assign(new MemoryVideos(), given)
  const rate = new QueryRate({ costPerSecondMax: null }, { nowMs: () => 0 })
  registerVideos(app, { videos, keys, rate })
  registerAnnotations(app, { videos, keys, rate })
  const ask = async (status: number, method: Method, path: string, body?: unknown, headers = {}) => {
    const payload = body === undefined ? {} : { payload: body as object }
    const response = await app.inject({ method, url: `/v1/videos/${path}`, headers, ...payload })
    assert.equal(response.statusCode, status, response.body)
    return response.body === '' ? null : response.json()
  }
  return { ask, videos }
}

test('what was noted is listed in the order of its times, until it is removed', async () => {
  const { ask } = serve()
  assert.deepEqual(await ask(200, 'GET', 'cats/annotations'), { annotations: [] })
  const put = await ask(200, 'PUT', 'cats/annotations/trailer', TRAILER)
  assert.deepEqual(put, { id: 'trailer', time: '2026-11-21T18:00:00.000Z', text: TRAILER.text })
  await ask(200, 'PUT', 'cats/annotations/earlier', { ...TRAILER, time: 1_795_000_000_000 })
  await ask(200, 'PUT', 'dogs/annotations/trailer', TRAILER)
  const ids = async () =>
    (await ask(200, 'GET', 'cats/annotations')).annotations.map(({ id }: { id: string }) => id)
  assert.deepEqual(await ids(), ['earlier', 'trailer'])
  await ask(200, 'PUT', 'cats/annotations/trailer', { ...TRAILER, time: '2026-01-01T00:00:00Z' })
  assert.deepEqual(await ids(), ['trailer', 'earlier'])
  assert.equal(await ask(204, 'DELETE', 'cats/annotations/trailer'), null)
  await ask(204, 'DELETE', 'cats/annotations/trailer')
  assert.deepEqual(await ids(), ['earlier'])
  await ask(204, 'DELETE', 'cats')
  assert.deepEqual(await ids(), [])
})

describe('refuses', () => {
  const check = (name: string, path: string, body: unknown, ...named: string[]) =>
    test(name, async () => {
      const { errors } = await serve().ask(400, 'PUT', path, body)
      assert.deepEqual(
        errors.map(({ parameter }: { parameter: string }) => parameter),
        named,
      )
    })
  const path = 'v/annotations/n1'
  check('a body that is no object', path, [], 'body')
  check('everything that is wrong, by name', path, { note: 1 }, 'note', 'time', 'text')
  check('a time without a zone', path, { ...TRAILER, time: '2026-11-21T18:00:00' }, 'time')
  check('a time before 2000', path, { ...TRAILER, time: '1999-12-31T23:59:59Z' }, 'time')
  check('a time in words', path, { ...TRAILER, time: 'yesterday' }, 'time')
  check('an empty text', path, { ...TRAILER, text: '' }, 'text')
  check('a text of two lines', path, { ...TRAILER, text: 'a\nb' }, 'text')
  check('a text that is too long', path, { ...TRAILER, text: 'x'.repeat(201) }, 'text')
  check('an id that is none', 'v/annotations/n%201', TRAILER, 'annotationId')
  check('a video id that is none', 'a%07/annotations/n1', TRAILER, 'videoId')
  test('a body far larger than any annotation', async () => {
    await serve().ask(413, 'PUT', path, { ...TRAILER, text: 'x'.repeat(8 << 10) })
  })
})

test('one more than a video may have is refused, and one that is there may change', async () => {
  const { ask } = serve()
  for (let i = 0; i < ANNOTATIONS_OF_VIDEO_MAX; i++) await ask(200, 'PUT', `v/annotations/n${i}`, TRAILER)
  const { detail } = await ask(409, 'PUT', 'v/annotations/more', TRAILER)
  assert.match(detail, /^The video has 100 annotations/)
  await ask(200, 'PUT', 'v/annotations/n7', { ...TRAILER, text: 'changed' })
  await ask(200, 'PUT', 'w/annotations/more', TRAILER)
  await ask(204, 'DELETE', 'v/annotations/n7')
  await ask(200, 'PUT', 'v/annotations/more', TRAILER)
})

test('one more than a tenant may have is refused', async () => {
  const { ask, videos } = serve()
  for (let i = 0; i < ANNOTATIONS_OF_TENANT_MAX; i++)
    await videos.annotate('', `v${i}`, { annotationId: 'n', timeMs: 0, text: 'x' })
  const { detail } = await ask(409, 'PUT', 'one-more/annotations/n', TRAILER)
  assert.match(detail, /^There are 10000 annotations/)
  await ask(200, 'PUT', 'v7/annotations/n', TRAILER)
})

test('a tenant sees and notes its own alone, and a link shows none', async () => {
  const keys = keyRing('ka=a,kb=b')
  const { ask } = serve(keys)
  const [a, b] = [{ 'x-api-key': 'ka' }, { 'x-api-key': 'kb' }]
  await ask(200, 'PUT', 'cats/annotations/n1', TRAILER, a)
  assert.equal((await ask(200, 'GET', 'cats/annotations', undefined, a)).annotations.length, 1)
  assert.deepEqual((await ask(200, 'GET', 'cats/annotations', undefined, b)).annotations, [])
  await ask(204, 'DELETE', 'cats/annotations/n1', undefined, b)
  assert.equal((await ask(200, 'GET', 'cats/annotations', undefined, a)).annotations.length, 1)
  await ask(401, 'GET', 'cats/annotations')
  await ask(401, 'PUT', 'cats/annotations/n1', TRAILER)
  const link = { tenant: 'a', shows: { videoId: 'cats' }, expiresMs: Number.MAX_SAFE_INTEGER }
  const token = { authorization: `Bearer ${keys.links.sign(link, null)}` }
  await ask(403, 'GET', 'cats/annotations', undefined, token)
})

test('says when to come back where they are away', async () => {
  const away = async () => Promise.reject(new Error('10.0.0.7: connection refused'))
  const { ask } = serve(NO_KEYS, { annotations: away, annotate: away, removeAnnotation: away })
  for (const [method, path] of [
    ['GET', 'v/annotations'],
    ['PUT', 'v/annotations/n1'],
    ['DELETE', 'v/annotations/n1'],
  ] as const) {
    const refusal = await ask(503, method, path, method === 'PUT' ? TRAILER : undefined)
    assert.equal(refusal.type, 'urn:tally:problem:videos-unavailable')
    assert.doesNotMatch(JSON.stringify(refusal), /10\.0/)
  }
})
