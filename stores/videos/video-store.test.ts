import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import type { AnnotationChange } from './annotation-table.ts'
import { openVideoStore, type VideoChange } from './video-store.ts'
import { LOOKED_MAX } from './videos.ts'

const note = (annotationId: string, videoId = 'cats'): AnnotationChange => ({
  ...{ tenant: '', videoId, annotationId },
  annotation: { timeMs: 1, text: annotationId },
})
const removal: VideoChange = { tenant: '', videoId: 'cats', video: null }

test('a removed video takes along the annotations of before it, whoever knew them, and none of after it', async () => {
  await using directory = await temporaryDirectory()
  const store = await openVideoStore(directory.path)
  const ids = async (videoId: string) =>
    (await store.annotations('', videoId)).map(({ annotationId }) => annotationId)
  await store.apply([note('a'), note('b', 'cats2')])
  await store.apply([note('c'), removal, note('d')])
  assert.deepEqual([await ids('cats'), await ids('cats2')], [['d'], ['b']])
  await store.apply([removal])
  assert.deepEqual([await ids('cats'), await ids('cats2')], [[], ['b']])
  await store.close()
})

test('a page of a search ends after some matches that an earlier page had', async () => {
  await using directory = await temporaryDirectory()
  const store = await openVideoStore(directory.path)
  const video = { title: 'Cat catalogue', channel: null, durationSeconds: null, publishedMs: null }
  const changes = Array.from({ length: LOOKED_MAX }, (_, i) => ({ tenant: '', videoId: `cat-${i}`, video }))
  await store.apply(changes)
  const afterAll = { stage: 'title', text: '' } as const
  const page = await store.search('', 'cat', 100, afterAll)
  assert.deepEqual([page.videos, page.next?.stage], [[], 'title'])
  assert.notEqual(page.next?.text, '')
  await store.close()
})
