import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { systemClock } from '../../lib/system-clock.ts'
import { MemoryClient } from '../../testing/memory-kafka-client.ts'
import { MemoryTitles } from '../../testing/memory-titles.ts'
import { reopenedVideos } from '../../testing/reopened-videos.ts'
import { until } from '../../testing/until.ts'
import { annotationsContract } from './annotations-contract.ts'
import { ReadLimits } from './read-limits.ts'
import { openSharedVideos, type SharedVideos } from './shared-videos.ts'
import { beginAnew } from './title-follower.ts'
import { toMessage } from './video-message.ts'
import { videosContract } from './videos-contract.ts'

const CAT = { title: 'Cat', channel: null, durationSeconds: null, publishedMs: null }
const GONE = { tenant: '', videoId: 'v2' }
const NOTE = { annotationId: 'n1', timeMs: 5, text: 'trailer published' }

/** Closed at the end even if a test fails. */
const opened: SharedVideos[] = []
after(() => Promise.all(opened.map((videos) => videos.close())))

class World {
  readonly client = new MemoryClient(systemClock)
  readonly titles = new MemoryTitles()
  readonly troubles: unknown[] = []
  before: (call: string) => Promise<void> | void = () => {}

  constructor() {
    this.client.topics.set('t.videos', [[]])
  }

  async open(worker = 'one'): Promise<SharedVideos> {
    const videos = await openSharedVideos({
      ...{ client: this.client, prefix: 't', worker, limits: new ReadLimits(null, systemClock) },
      store: this.titles.seenBy((call) => this.before(call)),
      clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms <= 1_000 ? ms / 50 : ms, signal) },
      onTrouble: (error) => this.troubles.push(error),
    })
    opened.push(videos)
    return videos
  }

  /** As an earlier release does, and a process that ends right after. */
  produce(videoId: string, video: typeof CAT | null): Promise<number> {
    return this.client.produce('t.videos', 0, [toMessage({ tenant: '', videoId, video })])
  }
}

const openedOnCluster = () => {
  const world = new World()
  return reopenedVideos(() => world.open())
}
videosContract('The videos on a cluster', openedOnCluster)
annotationsContract('Annotations on a cluster', openedOnCluster)

test('what one process changes, the others see, without an earlier title for longer than a moment', async () => {
  const world = new World()
  const [one, other] = [await world.open(), await world.open('other')]
  await one.put('', 'v1', CAT)
  assert.deepEqual(await other.find('', 'v1'), CAT)
  await one.remove('', 'v1')
  assert.deepEqual((await other.search('', 'cat', 10)).videos, [])
})

test('what a process has changed it sees at once, whatever it remembers', async () => {
  const world = new World()
  const videos = await world.open()
  assert.equal(await videos.find('', 'v1'), null)
  await videos.put('', 'v1', CAT)
  assert.deepEqual(await videos.find('', 'v1'), CAT)
})

test('a title that was read before a change is not remembered after it', async () => {
  const world = new World()
  const videos = await world.open()
  const reading = Promise.withResolvers<void>()
  world.before = (call) => (call === 'videos' ? reading.promise : undefined)
  const found = videos.find('', 'v1')
  const putting = videos.put('', 'v1', CAT)
  await turn()
  world.before = () => {}
  reading.resolve()
  await Promise.all([found, putting])
  assert.deepEqual(await videos.find('', 'v1'), CAT)
})

test('a video or a channel for which many ask at once is read once, and then not for a moment', async () => {
  const world = new World()
  const videos = await world.open()
  await videos.put('', 'v1', { ...CAT, channel: 'Pets' })
  const calls: string[] = []
  const reading = Promise.withResolvers<void>()
  world.before = async (call) => {
    if (call !== 'videos' && call !== 'entries') return
    calls.push(call)
    await reading.promise
  }
  const finds = Array.from({ length: 50 }, () => videos.find('', 'v1'))
  const members = Array.from({ length: 80 }, () => videos.channelVideos('', 'Pets', 10))
  reading.resolve()
  for (const found of await Promise.all(finds)) assert.equal(found?.title, 'Cat')
  for (const ids of await Promise.all(members)) assert.deepEqual(ids, ['v1'])
  await videos.channelVideos('', 'Pets', 10)
  assert.deepEqual(calls.toSorted(), ['entries', 'videos', 'videos'])
})

test('the videos of a channel that were read before a change are not remembered after it', async () => {
  const world = new World()
  const videos = await world.open()
  await videos.put('', 'v1', { ...CAT, channel: 'Pets' })
  assert.deepEqual(await videos.channelVideos('', 'Pets', 10), ['v1'])
  const reading = Promise.withResolvers<void>()
  await videos.put('', 'v0', CAT)
  world.before = (call) => (call === 'entries' ? reading.promise : undefined)
  const asked = videos.channelVideos('', 'Pets', 10)
  const putting = videos.put('', 'v1', { ...CAT, channel: 'Cats' })
  await turn()
  world.before = () => {}
  reading.resolve()
  await Promise.all([asked, putting])
  assert.deepEqual(await videos.channelVideos('', 'Pets', 10), [])
  assert.deepEqual(await videos.channelVideos('', 'Cats', 10), ['v1'])
})

test('changes of an earlier release, and of a process that ended before it applied them, are applied', async () => {
  const world = new World()
  await world.produce('v1', CAT)
  const videos = await world.open()
  await until('all is applied', () => videos.isWhole)
  assert.deepEqual(await videos.find('', 'v1'), CAT)
  await world.produce('v2', { ...CAT, title: 'Dog' })
  await until('it is found', async () => (await videos.search('', 'dog', 1)).videos.length === 1)
})

test('while not everything is applied nothing is said to be missing', async () => {
  const world = new World()
  for (const id of ['v1', 'v2', 'v3']) await world.produce(id, CAT)
  await world.produce('v1', { ...CAT, title: 'Dog' })
  let isAway = true
  world.before = (call) => {
    if (call === 'claim' && isAway) throw new Error('away')
  }
  const videos = await world.open()
  const refused = { name: 'TitlesError', code: 'not_whole' }
  await assert.rejects(videos.find('', 'v1'), refused)
  await assert.rejects(videos.search('', '', 10), refused)
  await assert.rejects(videos.channelVideos('', 'c', 10), refused)
  await assert.rejects(videos.annotations('', 'v1'), refused)
  await assert.rejects(videos.remove('', 'v1'), refused)
  await videos.put('', 'v3', { ...CAT, title: 'Fox' })
  assert.ok(!videos.isWhole)
  isAway = false
  await until('all is applied', () => videos.isWhole)
  const titles = (await videos.search('', '', 10)).videos.map(({ video }) => video.title)
  assert.deepEqual(titles, ['Dog', 'Cat', 'Fox'])
})

test('a process does not answer from tables that nobody has followed since they were whole', async () => {
  const world = new World()
  const first = await world.open()
  await first.put('', 'v1', CAT)
  await until('all is applied', () => world.titles.progress.get(0)!.appliedTo === 1)
  await first.close()
  await world.produce('v1', null)
  await world.produce('v2', CAT)
  world.titles.worker = 'another, which has ended'
  const second = await world.open('second')
  const refused = { name: 'TitlesError', code: 'not_whole' }
  await assert.rejects(second.find('', 'v1'), refused)
  await assert.rejects(second.find('', 'v2'), refused)
  world.titles.worker = null
  await until('the rest is applied', () => second.isWhole)
  assert.deepEqual([await second.find('', 'v1'), await second.find('', 'v2')], [null, CAT])
})

test('a process that starts when all is applied answers at once, and reads only what it is asked for', async () => {
  const world = new World()
  const first = await world.open()
  for (let i = 0; i < 50; i++) await first.put('', `v${i}`, CAT)
  await until('all is applied', () => world.titles.progress.get(0)!.appliedTo === 50)
  await first.close()
  const calls: string[] = []
  world.before = (call) => void calls.push(call)
  const second = await world.open('second')
  assert.deepEqual(await second.find('', 'v7'), CAT)
  assert.deepEqual([await second.find('', 'v7'), await second.find('', 'v7')], [CAT, CAT])
  assert.deepEqual(
    calls.filter((call) => call !== 'progress'),
    ['videos'],
  )
})

test('a process that cannot apply leaves it to another, and tries again later', async () => {
  const world = new World()
  await world.produce('v1', CAT)
  let failed = 0
  world.before = (call) => {
    if (call === 'stored' && world.titles.worker === 'one') {
      failed++
      throw new Error('cannot')
    }
  }
  const one = await world.open('one')
  await until('it has failed', () => failed > 0)
  await until('it has let go', () => world.titles.worker === null)
  const other = await world.open('other')
  await until('the other one has applied it, and both know', () => one.isWhole && other.isWhole)
  await other.close()
  const before = failed
  await world.produce('v2', CAT)
  await until('it has tried again', () => failed > before)
})

test('a process that is closed lets another one go on at once', async () => {
  const world = new World()
  await world.produce('v1', CAT)
  const one = await world.open('one')
  await until('it applies', () => one.isWhole)
  assert.equal(world.titles.worker, 'one')
  await one.close()
  assert.equal(world.titles.worker, null)
})

test('goes on where others had come to, with what a process left half applied', async () => {
  const world = new World()
  const first = await world.open()
  await first.put('', 'v1', CAT)
  await first.close()
  let left = 1
  world.before = (call) => {
    if (call === 'writeEntry' && left-- <= 0) throw new Error('ended')
  }
  const second = await world.open()
  await assert.rejects(second.put('', 'v1', { ...CAT, title: 'Quick dog' }), /ended/)
  world.before = () => {}
  await until('it answers', () => second.isWhole)
  await until('it is applied', async () => (await second.search('', 'quick', 1)).videos.length === 1)
  assert.deepEqual((await second.search('', 'cat', 1)).videos, [])
})

test('a topic that was made anew replaces what was known', async () => {
  const world = new World()
  const videos = await world.open()
  for (const id of ['v1', 'v2']) await videos.put('', id, CAT)
  await videos.annotate('', 'v1', NOTE)
  await until('it is known how much is applied', () => world.titles.progress.get(0)!.appliedTo === 3)
  world.client.topics.set('t.videos', [[]])
  await until('the topic is seen to be another', () => world.titles.progress.get(1)?.isWhole ?? false)
  await until('this process knows it', async () => (await videos.search('', '', 1)).videos.length === 0)
  assert.deepEqual(await videos.annotations('', 'v1'), [])
  await videos.put('', 'v3', CAT)
  assert.deepEqual(
    (await videos.search('', '', 10)).videos.map(({ videoId }) => videoId),
    ['v3'],
  )
})

test('tables that are made anew hold what the topic says, whatever the old ones held', async () => {
  const world = new World()
  const videos = await world.open()
  await videos.put('', 'v1', CAT)
  await world.titles.lives
    .get(0)!
    .seenBy(async (_call, run) => run())
    .writes.writeVideo(GONE, CAT, 1_000)
  await beginAnew(world.titles.seenBy())
  await until('they are whole', () => world.titles.progress.get(1)?.isWhole ?? false)
  await until(
    'this process answers from them',
    () => world.titles.lives.get(1) !== undefined && videos.isWhole,
  )
  await until('what was never in the topic is gone', async () => (await videos.find('', 'v2')) === null)
  assert.deepEqual(await videos.find('', 'v1'), CAT)
  await videos.put('', 'v2', CAT)
  assert.deepEqual(await videos.find('', 'v2'), CAT)
})

test('a process that cannot ask the topic does not answer from tables that were begun anew', async () => {
  const world = new World()
  const videos = await world.open()
  await videos.put('', 'v1', CAT)
  world.client.before = (call) => {
    if (call === 'offsetOf') throw new Error('away')
  }
  await beginAnew(world.titles.seenBy())
  const isRefused = async () => {
    const found = await videos.search('', 'cat', 1).catch(({ code }) => code as string)
    if (typeof found === 'string') return found === 'not_whole'
    assert.equal(found.videos.length, 1)
    return false
  }
  await until('it refuses', isRefused)
})

test('whoever applies records leaves the old tables as soon as others are begun', async () => {
  const world = new World()
  for (const id of ['v1', 'v2', 'v3']) await world.produce(id, CAT)
  const { client } = world
  const fetchAll = client.fetch.bind(client)
  client.fetch = async (...asked) => {
    const { records, endOffset } = await fetchAll(...asked)
    return { records: records.slice(0, 1), nextOffset: asked[2] + Math.min(1, records.length), endOffset }
  }
  world.before = async (call) => {
    if (call === 'note' && !world.titles.progress.has(1)) await beginAnew(world.titles.seenBy())
  }
  const videos = await world.open()
  await until('the new tables are whole', () => world.titles.progress.get(1)?.isWhole ?? false)
  await until('it answers', () => videos.isWhole)
  assert.equal(world.titles.progress.get(0)!.appliedTo, 1)
  assert.equal((await videos.search('', 'cat', 10)).videos.length, 3)
})

test('only so many videos are changed at once, and of a tenant fewer, however many requests there are', async () => {
  const world = new World()
  const videos = await world.open()
  const goOn = Promise.withResolvers<void>()
  let writing = 0
  world.before = async (call) => {
    if (call === 'stored') writing++
    if (call === 'stored' || call === 'claim') await goOn.promise
  }
  const put = (tenant: string, request: number) =>
    videos.putAll(
      tenant,
      Array.from({ length: 50 }, (_, i) => ({ videoId: `v${request}-${i}`, video: CAT })),
    )
  const putting = [0, 1, 2, 3].map((request) => put('many', request))
  for (let i = 0; i < 100; i++) await turn()
  assert.equal(writing, 16)
  putting.push(put('few', 4))
  for (let i = 0; i < 100; i++) await turn()
  assert.equal(writing, 24)
  goOn.resolve()
  await Promise.all(putting)
  assert.equal((await videos.search('few', 'v4-49', 1)).videos.length, 1)
})

test('goes on over records that are not its own, and over servers that are away', async () => {
  const world = new World()
  const message = (key: string | null, value: string) => ({
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(value),
  })
  const foreign = [
    message(null, '{}'),
    message('a', '{}'),
    message('\tb\t', 'null'),
    message('\tb\tc', '{"timeMs":"1","text":"x"}'),
    message('\tb\tc\td', 'null'),
    message('\tb', '{'),
    message('\tb', '{"title":1}'),
    message('\tb', '{"title":"x","channel":1}'),
  ]
  await world.client.produce('t.videos', 0, foreign)
  let failures = 3
  world.client.before = (call) => {
    if (call === 'fetch' && failures-- > 0) throw new Error('away')
  }
  const videos = await world.open()
  await videos.put('', 'v1', CAT)
  await until('all is applied', () => videos.isWhole)
  assert.deepEqual(
    (await videos.search('', '', 10)).videos.map(({ videoId }) => videoId),
    ['v1'],
  )
  assert.ok(world.troubles.length >= 4)
})

test('one tenant cannot take all of the room for searches, and what is far beyond its own is refused', async () => {
  const world = new World()
  const videos = await world.open()
  const waiting = Promise.withResolvers<void>()
  world.before = (call) => (call === 'entries' ? waiting.promise : undefined)
  const asked = Array.from({ length: 80 }, () => videos.search('a', '', 10))
  const outcomes = Promise.allSettled(asked)
  world.before = () => {}
  assert.deepEqual(await videos.search('b', '', 10), { videos: [], next: null })
  waiting.resolve()
  const busy = (await outcomes).filter(({ status }) => status === 'rejected')
  assert.equal(busy.length, 16)
})
