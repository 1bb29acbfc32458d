import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MemoryVideos } from '../../testing/memory-videos.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { LevelDatabase } from '../disk/level-database.ts'
import { annotationsContract } from './annotations-contract.ts'
import { openEmbeddedVideos } from './embedded-videos.ts'
import type { Place } from './search-place.ts'
import type { FoundPage } from './videos.ts'
import { videosContract } from './videos-contract.ts'

const open = async () => {
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
}
videosContract('The embedded videos', open)
annotationsContract('Embedded annotations', open)

test('answers as the form in memory does, whatever was put and removed', async () => {
  const word = fc.constantFrom('a', 'A', 'ab', 'b', 'cat', 'Cats', 'é', '日本', '😀', '  ')
  const title = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' '))
  const change = fc.record({
    tenant: fc.constantFrom('', 't'),
    videoId: fc.constantFrom('a', 'ab', 'b', '日', '😀'),
    title: fc.option(title),
    channel: fc.option(word),
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
        for (const { tenant, videoId, title, channel } of changes) {
          for (const form of [videos, reference]) {
            if (title === null) await form.remove(tenant, videoId)
            else await form.put(tenant, videoId, { title, channel, durationSeconds: 1, publishedMs: null })
          }
        }
        for (const prefix of ['', ...prefixes]) {
          for (let after: Place | null = null; ; ) {
            const expected: FoundPage = await reference.search('', prefix, limit, after)
            assert.deepEqual(await videos.search('', prefix, limit, after), expected, `«${prefix}»`)
            after = expected.next
            if (after === null) break
          }
          for (let after: Place | null = null; ; ) {
            const expected: FoundPage = await reference.searchChannel(
              '',
              prefix,
              prefixes[0] ?? '',
              limit,
              after,
            )
            const page = await videos.searchChannel('', prefix, prefixes[0] ?? '', limit, after)
            assert.deepEqual(page, expected, `“${prefix}”`)
            after = expected.next
            if (after === null) break
          }
          const channels = await reference.channels('', prefix, limit)
          assert.deepEqual(await videos.channels('', prefix, limit), channels)
          const members = await reference.channelVideos('', prefix, limit)
          assert.deepEqual(await videos.channelVideos('', prefix, limit), members)
        }
        await videos.close()
      },
    ),
    { numRuns: 40 },
  )
})

test('what an earlier release has indexed is indexed anew', async () => {
  await using directory = await temporaryDirectory()
  const videos = await openEmbeddedVideos(directory.path)
  const about = { channel: 'Pets', durationSeconds: null, publishedMs: null }
  for (let i = 0; i < 3; i++) await videos.put('', `v${i}`, { ...about, title: `Café ${i}` })
  await videos.close()
  const database = await LevelDatabase.open(directory.path, () => [])
  const keys = await database.level.keys().all()
  const made = keys.filter((key) => /^(title|channel|member)\/|^index$/.test(key))
  const stale = { type: 'put', key: 'title/\u0000gone\u0000v1', value: new Uint8Array(0) } as const
  await database.write([...made.map((key) => ({ type: 'del', key }) as const), stale])
  await database.close()
  const again = await openEmbeddedVideos(directory.path)
  const ids = async (prefix: string) =>
    (await again.search('', prefix, 10)).videos.map(({ videoId }) => videoId)
  assert.deepEqual(await ids('cafe'), ['v0', 'v1', 'v2'])
  assert.deepEqual(await ids('pets'), ['v0', 'v1', 'v2'])
  assert.deepEqual(await ids('gone'), [])
  assert.deepEqual(await again.channelVideos('', 'Pets', 2), ['v0', 'v1'])
  await again.close()
})
