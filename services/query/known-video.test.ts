import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../lib/system-clock.ts'
import type { VideoReader } from '../../stores/videos/videos.ts'
import { keyRing } from '../../testing/key-ring.ts'
import { MemoryVideos } from '../../testing/memory-videos.ts'
import { MORNING, serve, VIEWS } from '../../testing/query-fixture.ts'
import { withVideos } from './known-video.ts'

const CATS = { title: 'Cats', channel: null, durationSeconds: 60, publishedMs: 0 }
const SHOWN = { title: 'Cats', channel: null, durationSeconds: 60, published: '1970-01-01T00:00:00.000Z' }
const PATHS = [`${VIEWS}=count`, '/v1/videos/v/summary']

async function answers(videos: Pick<VideoReader, 'find'>) {
  const { json } = await serve(MORNING, { videos, clock: systemClock })
  return Promise.all(PATHS.map(json))
}

test('answers carry what is known of their video', async () => {
  const videos = new MemoryVideos()
  await videos.put('', 'v', CATS)
  for (const answer of await answers(videos)) {
    assert.deepEqual(answer.video, SHOWN)
    assert.equal(Object.keys(answer).at(-1), 'meta')
  }
})

test('and nothing where nothing is known, or it cannot be told, or not soon', async () => {
  const unknown = new MemoryVideos()
  const failing = { find: async () => Promise.reject(new Error('away')) }
  const hanging = { find: () => new Promise<never>(() => {}) }
  for (const videos of [unknown, failing, hanging]) {
    for (const answer of await answers(videos)) assert.equal('video' in answer, false)
  }
})

test('in a list, a video that is not told soon keeps no other from its title', async () => {
  const find: VideoReader['find'] = (_tenant, videoId) =>
    videoId === 'v' ? Promise.resolve(CATS) : new Promise<never>(() => {})
  const deps = { videos: { find }, clock: systemClock }
  assert.deepEqual(await withVideos(deps, '', [{ videoId: 'slow' }, { videoId: 'v' }]), [
    { videoId: 'slow' },
    { videoId: 'v', video: SHOWN },
  ])
})

test('a tenant gets what is known of its own video', async () => {
  const videos = new MemoryVideos()
  await videos.put('a', 'v', CATS)
  const keys = keyRing('ka=a,kb=b')
  const { get } = await serve(MORNING, { videos, keys, clock: systemClock })
  const titleFor = async (key: string) => (await get(PATHS[0]!, { 'x-api-key': key })).json().video?.title
  assert.deepEqual([await titleFor('ka'), await titleFor('kb')], ['Cats', undefined])
})

test('tables are as they were', async () => {
  const videos = new MemoryVideos()
  await videos.put('', 'v', CATS)
  const { get } = await serve(MORNING, { videos, clock: systemClock })
  const [header, row] = (await get(PATHS[0]!, { accept: 'text/csv' })).body.split('\r\n')
  assert.equal(row!.split(',').length, header!.split(',').length)
})
