import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MemoryVideos } from '../../testing/memory-videos.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { openEmbeddedVideos } from './embedded-videos.ts'
import { videosContract } from './videos-contract.ts'

videosContract('The embedded videos', async () => {
  const directory = await temporaryDirectory()
  let videos = await openEmbeddedVideos(directory.path)
  return {
    videos,
    async reopen() {
      await videos.close()
      videos = await openEmbeddedVideos(directory.path)
      return videos
    },
    async close() {
      await videos.close()
      await directory[Symbol.asyncDispose]()
    },
  }
})

test('answers as the form in memory does, whatever was put and removed', async () => {
  const word = fc.constantFrom('a', 'A', 'ab', 'b', 'cat', 'Cats', 'é', '日本', '😀', '  ')
  const title = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' '))
  const change = fc.record({
    tenant: fc.constantFrom('', 't'),
    videoId: fc.constantFrom('a', 'ab', 'b', '日', '😀'),
    title: fc.option(title),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 12 }),
      fc.array(word),
      fc.integer({ min: 1, max: 4 }),
      async (changes, prefixes, limit) => {
        await using directory = await temporaryDirectory()
        const videos = await openEmbeddedVideos(directory.path)
        const reference = new MemoryVideos()
        for (const { tenant, videoId, title } of changes) {
          for (const form of [videos, reference]) {
            if (title === null) await form.remove(tenant, videoId)
            else
              await form.put(tenant, videoId, { title, channel: null, durationSeconds: 1, publishedMs: null })
          }
        }
        for (const prefix of ['', ...prefixes]) {
          const expected = await reference.search('', prefix, limit)
          assert.deepEqual(await videos.search('', prefix, limit), expected, `«${prefix}»`)
        }
        await videos.close()
      },
    ),
    { numRuns: 40 },
  )
})
