import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeFlushes } from './flushes.ts'
import { SINGLE, sharedBySource, sharedByVideo, TODAY } from './row-forms.ts'

const SOURCES = 4
const START_MS = 1_700_000_000_000
const ASKED = {
  videos: 200,
  spread: 'zipf',
  rate: 500,
  sources: SOURCES,
  startMs: START_MS,
  seed: 1,
} as const
const SHARED = [sharedByVideo(8, 60), sharedByVideo(8, 15), sharedBySource(SOURCES, 60)]
/** Shard and slice. */
const KEY_PARAMS = 2

test('a video of a minute is flushed by one source, once in each second', () => {
  const flushes = makeFlushes({ ...ASKED, rows: 2_000 })
  const sources = new Map<string, number>()
  for (const { source, minute, videos } of flushes) {
    assert.equal(new Set(videos).size, videos.length)
    for (const video of videos) {
      const key = `${video} ${minute}`
      assert.equal(sources.get(key) ?? source, source)
      sources.set(key, source)
    }
  }
  assert.ok(flushes.reduce((sum, { videos }) => sum + videos.length, 0) >= 2_000)
})

test('every form writes each row of a flush once', () => {
  const [flush] = makeFlushes({ ...ASKED, rows: 1 })
  for (const form of [SINGLE, TODAY, ...SHARED]) {
    const written = form.batches(flush!).flat()
    const names = written.map(({ params }) => params.find((value) => value.includes('video-'))!.toString())
    assert.deepEqual(names.sort(), flush!.videos.toSorted(), form.name)
  }
})

test('a batch of a shared form is one partition, and a read asks those that hold the video', () => {
  const flushes = makeFlushes({ ...ASKED, rows: 2_000 })
  const keyOf = (params: readonly Buffer[]) => Buffer.concat(params.slice(0, KEY_PARAMS)).toString('hex')
  for (const form of SHARED) {
    for (const { source, minute, videos } of flushes) {
      for (const batch of form.batches({ source, minute, videos })) {
        assert.equal(new Set(batch.map(({ params }) => keyOf(params))).size, 1)
      }
      const [first] = videos
      if (first === undefined) continue
      const [written] = form.batches({ source, minute, videos: [first] }).flat()
      const asked = form.reads(first, minute - 90, minute + 1).map(({ params }) => keyOf(params))
      assert.ok(asked.includes(keyOf(written!.params)), form.name)
    }
  }
})
