// What every form of the videos must do, as tests. A form opens itself empty.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkNames } from '../../testing/arbitrary-name.ts'
import type { Video, VideoReader, VideoWriter } from './videos.ts'

export type VideosUnderTest = {
  readonly videos: VideoReader & VideoWriter
  /** Opens it again on its stored data; left out if it stores nothing. */
  reopen?(): Promise<VideoReader & VideoWriter>
  close(): Promise<void>
}

export function videosContract(name: string, open: () => Promise<VideosUnderTest>): void {
  const test = (title: string, run: (opened: VideosUnderTest) => Promise<void>) =>
    it(title, async () => {
      const opened = await open()
      try {
        await run(opened)
      } finally {
        await opened.close()
      }
    })

  describe(name, () => {
    test('knows nothing at first', async ({ videos }) => {
      assert.equal(await videos.find('', 'cats'), null)
      assert.deepEqual(await videos.search('', '', 10), [])
      await videos.remove('', 'cats')
    })

    test('gives back what was put, at once, whole and as the latest put says', async ({ videos }) => {
      const whole = {
        title: 'Cats 日本 😀',
        channel: 'Pets',
        durationSeconds: 12.5,
        publishedMs: 1_700_000_000_000,
      }
      await videos.put('', 'cats', aVideo('Dogs'))
      await videos.put('', 'cats', whole)
      assert.deepEqual(await videos.find('', 'cats'), whole)
    })

    test('takes many at once, of which the later ones win', async ({ videos }) => {
      await videos.put('', 'v7', aVideo('old name'))
      const many = Array.from({ length: 250 }, (_, i) => ({ videoId: `v${i}`, video: aVideo(`clip ${i}`) }))
      await videos.putAll('', [...many, { videoId: 'v9', video: aVideo('the later one') }])
      assert.equal((await videos.find('', 'v249'))?.title, 'clip 249')
      assert.equal((await videos.find('', 'v9'))?.title, 'the later one')
      assert.deepEqual(await titles(videos, '', 'old'), [])
      assert.equal((await videos.search('', 'clip', 300)).length, 249)
      await videos.putAll('', [])
    })

    test('keeps videos apart, whatever they and their titles are called', async ({ videos }) => {
      await checkNames(async (tenant, names) => {
        for (const name of names) await videos.put(tenant, name, { ...aVideo(name), channel: name })
        for (const name of names) {
          const video = { ...aVideo(name), channel: name }
          assert.deepEqual(await videos.find(tenant, name), video)
          assert.deepEqual((await videos.search(tenant, name, 1))[0]?.videoId, name)
        }
        const all = await videos.search(tenant, '', names.length + 1)
        assert.deepEqual(all.map(({ videoId }) => videoId).sort(), names.toSorted())
      })
    })

    test('keeps tenants apart', async ({ videos }) => {
      await videos.put('a', 'v', aVideo('One of a'))
      await videos.put('b', 'v', aVideo('One of b'))
      await videos.put('', 'av', aVideo('One of nobody'))
      assert.equal((await videos.find('a', 'v'))?.title, 'One of a')
      assert.equal(await videos.find('', 'v'), null)
      assert.deepEqual(await titles(videos, 'b', ''), ['One of b'])
      assert.deepEqual(await titles(videos, 'a', 'one'), ['One of a'])
      await videos.remove('a', 'v')
      assert.equal((await videos.find('b', 'v'))?.title, 'One of b')
    })

    test('finds a video by its title from any of the first words on', async ({ videos }) => {
      await videos.put('', 'v1', aVideo('The  Quiet CAT'))
      await videos.put('', 'v2', aVideo('Cats of Ｔokyo'))
      for (const text of ['the q', 'QUIET c', 'cat']) {
        assert.ok((await titles(videos, '', text)).includes('The  Quiet CAT'), text)
      }
      assert.deepEqual(await titles(videos, '', 'cat'), ['The  Quiet CAT', 'Cats of Ｔokyo'])
      assert.deepEqual(await titles(videos, '', 'tokyo'), ['Cats of Ｔokyo'])
      assert.deepEqual(await titles(videos, '', 'at'), [])
      assert.deepEqual(await titles(videos, '', 'the cat'), [])
    })

    test('finds by id first, and no video twice', async ({ videos }) => {
      await videos.put('', 'zebra', aVideo('cat cat cat'))
      await videos.put('', 'cat-1', aVideo('cat one'))
      await videos.put('', 'Cat-2', aVideo('two'))
      const ids = (await videos.search('', 'cat', 10)).map(({ videoId }) => videoId)
      assert.deepEqual(ids, ['cat-1', 'zebra'])
    })

    test('gives no more than was asked for', async ({ videos }) => {
      for (let i = 10; i < 30; i++) await videos.put('', `v${i}`, aVideo(`clip ${i} clip clip clip`))
      assert.deepEqual(
        (await videos.search('', '', 3)).map(({ videoId }) => videoId),
        ['v10', 'v11', 'v12'],
      )
      assert.equal((await videos.search('', 'clip', 7)).length, 7)
      assert.equal((await videos.search('', 'clip', 20)).length, 20)
    })

    test('forgets what was removed, and the old title of what was renamed', async ({ videos }) => {
      await videos.put('', 'v1', aVideo('first name'))
      await videos.put('', 'v1', aVideo('second name'))
      assert.deepEqual(await titles(videos, '', 'first'), [])
      assert.deepEqual(await titles(videos, '', 'name'), ['second name'])
      await videos.remove('', 'v1')
      assert.equal(await videos.find('', 'v1'), null)
      assert.deepEqual(await titles(videos, '', 'second'), [])
      assert.deepEqual(await titles(videos, '', 'v1'), [])
    })

    test('keeps what it said it would', async ({ videos, reopen }) => {
      if (reopen === undefined) return
      await videos.put('', 'v1', aVideo('kept'))
      await videos.put('', 'v2', aVideo('removed'))
      await videos.remove('', 'v2')
      const again = await reopen()
      assert.deepEqual(await titles(again, '', ''), ['kept'])
      assert.deepEqual(await titles(again, '', 'kept'), ['kept'])
    })
  })
}

function aVideo(title: string): Video {
  return { title, channel: null, durationSeconds: null, publishedMs: null }
}

async function titles(videos: VideoReader, tenant: string, prefix: string): Promise<string[]> {
  return (await videos.search(tenant, prefix, 10)).map(({ video }) => video.title)
}
