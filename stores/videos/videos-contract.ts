// What every form of the videos must do, as tests. A form opens itself empty.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkNames } from '../../testing/arbitrary-name.ts'
import type { Place } from './search-place.ts'
import { LOOKED_MAX, type Video, type VideoReader, type VideoWriter } from './videos.ts'

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
      assert.deepEqual(await videos.search('', '', 10), { videos: [], next: null })
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
      assert.equal((await videos.search('', 'clip', 300)).videos.length, 249)
      await videos.putAll('', [])
    })

    test('keeps videos apart, whatever they and their titles are called', async ({ videos }) => {
      await checkNames(async (tenant, names) => {
        for (const name of names) await videos.put(tenant, name, { ...aVideo(name), channel: name })
        for (const name of names) {
          const video = { ...aVideo(name), channel: name }
          assert.deepEqual(await videos.find(tenant, name), video)
          assert.deepEqual((await videos.search(tenant, name, 1)).videos[0]?.videoId, name)
        }
        const { videos: all } = await videos.search(tenant, '', names.length + 1)
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
      const ids = (await videos.search('', 'cat', 10)).videos.map(({ videoId }) => videoId)
      assert.deepEqual(ids, ['cat-1', 'zebra'])
    })

    test('gives no more than was asked for', async ({ videos }) => {
      for (let i = 10; i < 30; i++) await videos.put('', `v${i}`, aVideo(`clip ${i} clip clip clip`))
      assert.deepEqual(
        (await videos.search('', '', 3)).videos.map(({ videoId }) => videoId),
        ['v10', 'v11', 'v12'],
      )
      assert.equal((await videos.search('', 'clip', 7)).videos.length, 7)
      assert.equal((await videos.search('', 'clip', 20)).videos.length, 20)
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

    test('does not mind case and accents, and finds words that no space divides', async ({ videos }) => {
      const all = [
        'Café au lait',
        'İstanbul',
        'ISTANBUL by night',
        'Straße',
        'Ωραία Ελλάδα',
        '可愛い猫の動画',
        'Łódź',
      ]
      for (const [i, title] of all.entries()) await videos.put('', `v${i}`, aVideo(title))
      const found = async (prefix: string) => (await titles(videos, '', prefix)).sort()
      assert.deepEqual(await found('cafe'), ['Café au lait'])
      assert.deepEqual(await found('CAFE\u0301 AU'), ['Café au lait'])
      assert.deepEqual(await found('istanbul'), ['ISTANBUL by night', 'İstanbul'])
      assert.deepEqual(await found('strasse'), ['Straße'])
      assert.deepEqual(await found('ωραια ελλ'), ['Ωραία Ελλάδα'])
      assert.deepEqual(await found('猫'), ['可愛い猫の動画'])
      assert.deepEqual(await found('lodz'), ['Łódź'])
      await videos.put('', 'v5', aVideo('犬'))
      assert.deepEqual(await found('猫'), [])
    })

    test('finds videos by their channel, after those found by their titles, and channels', async ({
      videos,
    }) => {
      await videos.put('', 'v1', { ...aVideo('one'), channel: 'Café Racer' })
      await videos.put('', 'v2', { ...aVideo('two'), channel: 'Café Racer' })
      await videos.put('', 'v3', { ...aVideo('Racer'), channel: null })
      await videos.put('', 'v4', { ...aVideo('four'), channel: 'Racers' })
      await videos.put('t', 'v5', { ...aVideo('five'), channel: 'Racing' })
      assert.deepEqual(await titles(videos, '', 'racer'), ['Racer', 'one', 'two', 'four'])
      assert.deepEqual(await videos.channels('', 'rac', 10), ['Café Racer', 'Racers'])
      assert.deepEqual(await videos.channels('', 'cafe r', 1), ['Café Racer'])
      assert.deepEqual(await videos.channels('', '', 10), [])
      assert.deepEqual(await videos.channelVideos('', 'Café Racer', 10), ['v1', 'v2'])
      assert.deepEqual(await videos.channelVideos('', 'Café Racer', 1), ['v1'])
      await videos.put('', 'v2', { ...aVideo('two'), channel: 'Racers' })
      await videos.remove('', 'v1')
      assert.deepEqual(await videos.channels('', 'cafe', 10), [])
      assert.deepEqual(await videos.channelVideos('', 'Racers', 10), ['v2', 'v4'])
    })

    test('gives the rest page by page, and no video twice', async ({ videos }) => {
      const channel = 'cat channel of cats'
      for (let i = 10; i < 30; i++) await videos.put('', `v${i}`, { ...aVideo(`cat ${i} cat`), channel })
      for (let i = 10; i < 15; i++) await videos.put('', `cat${i}`, aVideo(`cat ${i}`))
      for (let i = 30; i < 45; i++) await videos.put('', `v${i}`, { ...aVideo('dog'), channel })
      const { videos: whole, next } = await videos.search('', 'cat', 50)
      assert.deepEqual([whole.length, next], [40, null])
      for (const limit of [1, 7, 20, 39]) {
        const pages: string[] = []
        let page = await videos.search('', 'cat', limit)
        for (; ; page = await videos.search('', 'cat', limit, page.next)) {
          pages.push(...page.videos.map(({ videoId }) => videoId))
          if (page.next === null) break
          assert.equal(page.videos.length, limit)
        }
        assert.deepEqual(
          pages,
          whole.map(({ videoId }) => videoId),
        )
      }
    })

    test('searches in one channel, page by page, in the order of ids', async ({ videos }) => {
      const many = [5, 3, 1, 4, 2].map((i) => {
        return {
          videoId: `v${i}`,
          video: { ...aVideo(`Clip ${i} ${i % 2 ? 'odd' : 'even'}`), channel: 'Pets' },
        }
      })
      const others = ['Pet', 'Pets 2', 'pets', null].map((channel, i) => {
        return { videoId: `w${i}`, video: { ...aVideo('Clip odd'), channel } }
      })
      await videos.putAll('', [...many, ...others])
      await videos.put('t', 'v6', { ...aVideo('Clip odd'), channel: 'Pets' })
      const pages = async (prefix: string) => {
        const ids: string[][] = []
        for (let after: Place | null = null; ; ) {
          const page = await videos.searchChannel('', 'Pets', prefix, 2, after)
          ids.push(page.videos.map(({ videoId }) => videoId))
          after = page.next
          if (after === null) return ids
        }
      }
      assert.deepEqual(await pages(''), [['v1', 'v2'], ['v3', 'v4'], ['v5']])
      assert.deepEqual(await pages('odd'), [['v1', 'v3'], ['v5']])
      assert.deepEqual(await pages('v4'), [['v4']])
      assert.deepEqual(await pages('nothing'), [[]])
      await videos.put('', 'v3', { ...aVideo('Clip 3 odd'), channel: 'Pets 2' })
      assert.deepEqual(await pages('odd'), [['v1', 'v5']])
    })

    test('a search in a large channel looks at a part of it for each page', async ({ videos }) => {
      const count = LOOKED_MAX + 10
      const many = Array.from({ length: count }, (_, i) => ({
        videoId: `v${String(i).padStart(5, '0')}`,
        video: { ...aVideo(i === count - 1 ? 'needle' : 'hay'), channel: 'Barn' },
      }))
      for (let at = 0; at < count; at += 1_000) await videos.putAll('', many.slice(at, at + 1_000))
      const first = await videos.searchChannel('', 'Barn', 'needle', 10)
      assert.deepEqual([first.videos, first.next === null], [[], false])
      const second = await videos.searchChannel('', 'Barn', 'needle', 10, first.next)
      assert.deepEqual(second, { videos: [many.at(-1)!], next: null })
    })

    test('a search looks at a part of its matches for each page, and the pages have each video once', async ({
      videos,
    }) => {
      // Those of which the id starts with it are found by their titles again, and each of them has two such words.
      const many = Array.from({ length: LOOKED_MAX }, (_, i) => `cat-${i}`)
      const all = [...many.map((videoId) => ({ videoId, video: aVideo('Cat catalogue') }))]
      const last = { videoId: 'dog', video: aVideo('Cats and a dog') }
      for (let at = 0; at < all.length; at += 1_000) await videos.putAll('', all.slice(at, at + 1_000))
      await videos.putAll('', [last])
      const found: string[] = []
      for (let after: Place | null = null, first = true; first || after !== null; first = false) {
        const page = await videos.search('', 'cat', 100, after)
        found.push(...page.videos.map(({ videoId }) => videoId))
        after = page.next
      }
      assert.deepEqual([found.toSorted(), found.at(-1)], [[...many, 'dog'].toSorted(), 'dog'])
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
  return (await videos.search(tenant, prefix, 10)).videos.map(({ video }) => video.title)
}
