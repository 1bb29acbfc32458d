// What every form of the annotations must do, as tests. A form opens itself empty.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkNames } from '../../testing/arbitrary-name.ts'
import type { Annotation, AnnotationReader, AnnotationWriter } from './annotations.ts'
import type { VideoReader, VideoWriter } from './videos.ts'

type Videos = VideoReader & VideoWriter & AnnotationReader & AnnotationWriter

export type AnnotationsUnderTest = {
  readonly videos: Videos
  /** Opens it again on its stored data; left out if it stores nothing. */
  reopen?(): Promise<Videos>
  close(): Promise<void>
}

/** Each change comes back through a topic on real servers. */
const NAMES_RUNS = 4

export function annotationsContract(name: string, open: () => Promise<AnnotationsUnderTest>): void {
  const test = (title: string, run: (opened: AnnotationsUnderTest) => Promise<void>) =>
    it(title, async () => {
      const opened = await open()
      try {
        await run(opened)
      } finally {
        await opened.close()
      }
    })

  describe(name, () => {
    test('holds no annotations at first', async ({ videos }) => {
      assert.deepEqual(await videos.annotations('', 'cats'), [])
      assert.equal(await videos.annotationCount('', 10), 0)
      await videos.removeAnnotation('', 'cats', 'a')
    })

    test('gives back annotations in the order of their times, whatever order they came in', async ({
      videos,
    }) => {
      const written = [note('b', 20), note('a', 20, 'trailer 日本 😀'), note('c', -5), note('d', 1e12)]
      for (const one of written) await videos.annotate('', 'cats', one)
      assert.deepEqual(await videos.annotations('', 'cats'), [written[2], written[1], written[0], written[3]])
      assert.deepEqual([await videos.annotationCount('', 10), await videos.annotationCount('', 3)], [4, 3])
    })

    test('replaces an annotation of the same id, and removes it', async ({ videos }) => {
      await videos.annotate('', 'cats', note('a', 1, 'first'))
      await videos.annotate('', 'cats', note('a', 2, 'second'))
      assert.deepEqual(await videos.annotations('', 'cats'), [note('a', 2, 'second')])
      await videos.removeAnnotation('', 'cats', 'a')
      await videos.removeAnnotation('', 'cats', 'a')
      assert.deepEqual(await videos.annotations('', 'cats'), [])
      assert.equal(await videos.annotationCount('', 10), 0)
    })

    test('keeps annotations of videos and tenants apart, whatever they are called', async ({ videos }) => {
      await checkNames(async (tenant, names) => {
        for (const [at, videoId] of names.entries())
          await videos.annotate(tenant, videoId, note(`n${at}`, at))
        for (const [at, videoId] of names.entries())
          assert.deepEqual(await videos.annotations(tenant, videoId), [note(`n${at}`, at)])
        assert.equal(await videos.annotationCount(tenant, 1_000), names.length)
        for (const videoId of names) await videos.remove(tenant, videoId)
      }, NAMES_RUNS)
    })

    test('needs no title, shows in no search, and goes with the video', async ({ videos }) => {
      await videos.annotate('', 'cats', note('a', 1))
      await videos.annotate('', 'cats', note('b', 2))
      await videos.annotate('', 'dogs', note('a', 3))
      await videos.annotate('t', 'cats', note('a', 4))
      assert.equal(await videos.find('', 'cats'), null)
      assert.deepEqual(await videos.search('', '', 10), { videos: [], next: null })
      const video = { title: 'Cats', channel: null, durationSeconds: null, publishedMs: null }
      await videos.put('', 'cats', video)
      assert.equal((await videos.annotations('', 'cats')).length, 2)
      await videos.remove('', 'cats')
      assert.deepEqual(await videos.annotations('', 'cats'), [])
      assert.deepEqual(await videos.annotations('', 'dogs'), [note('a', 3)])
      assert.deepEqual(await videos.annotations('t', 'cats'), [note('a', 4)])
    })

    test('keeps annotations as it said it would', async ({ videos, reopen }) => {
      if (reopen === undefined) return
      await videos.annotate('', 'cats', note('a', 1))
      await videos.annotate('', 'cats', note('b', 2))
      await videos.removeAnnotation('', 'cats', 'b')
      assert.deepEqual(await (await reopen()).annotations('', 'cats'), [note('a', 1)])
    })
  })
}

function note(annotationId: string, timeMs: number, text = 'trailer published'): Annotation {
  return { annotationId, timeMs, text }
}
