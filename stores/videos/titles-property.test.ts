// Random worlds of titles: processes change the same few videos at once, those of an earlier release write to the topic
// alone, processes end at any call, and records are applied again, late and out of order. What is left is what the
// topic says, one record after the other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { seededRandom } from '../../testing/crash-record.ts'
import { MemoryClient } from '../../testing/memory-kafka-client.ts'
import { MemoryTitles } from '../../testing/memory-titles.ts'
import { MemoryVideos } from '../../testing/memory-videos.ts'
import { applyChange } from './apply-change.ts'
import { indexEntries } from './index-entries.ts'
import { ReadLimits } from './read-limits.ts'
import { openSharedVideos, type SharedVideos } from './shared-videos.ts'
import type { StoredVideo, TitleStore, TitleWrites, VideoName } from './title-tables.ts'
import { fromRecord, toMessage } from './video-message.ts'
import type { FoundPage, Video, VideoReader } from './videos.ts'

const SEEDS = 60
const FROM = Number(process.env.SEED ?? 1)
const TOPIC = 't.videos'
const OLD = { title: 'old one', channel: null, durationSeconds: null, publishedMs: null }
const WORDS = ['cat', 'catalogue', 'dog', 'Ωραία']
const IDS = ['v1', 'v2', 'cat-3']
const ENDED = 'this process has ended'

type Mutant = (store: TitleStore, topicEnd: () => number) => TitleStore
type Random = () => number

class World {
  readonly client: MemoryClient
  readonly titles = new MemoryTitles()
  readonly random: Random
  readonly mutant: Mutant
  readonly running: Promise<unknown>[] = []
  readonly opened: SharedVideos[] = []
  /** What must not happen at any time. */
  readonly faults: string[] = []
  #nowMs = 0
  #names = 0

  constructor(seed: number, mutant: Mutant) {
    this.random = seededRandom(seed)
    this.mutant = mutant
    this.client = new MemoryClient(this.clock)
    this.client.topics.set(TOPIC, [[]])
  }

  readonly clock = {
    nowMs: () => this.#nowMs,
    sleep: async (ms: number, signal?: AbortSignal) => {
      if (ms > 5_000)
        return new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
      this.#nowMs += ms
      for (let i = 0; i < 5 && !signal?.aborted; i++) await turn()
    },
  }

  pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.random() * of.length)]!
  }

  /** Ends after so many calls. */
  async open(callsLeft = Number.POSITIVE_INFINITY): Promise<SharedVideos> {
    let left = callsLeft
    const before = async () => {
      for (let turns = Math.floor(this.random() * 3); turns > 0; turns--) await turn()
      if (left-- <= 0) throw new Error(ENDED)
    }
    const videos = await openSharedVideos({
      ...{ client: this.client, clock: this.clock, prefix: 't', worker: `${this.#names++}` },
      store: this.mutant(this.titles.seenBy(before), () => this.client.topics.get(TOPIC)![0]!.length),
      limits: new ReadLimits(null, this.clock),
      onTrouble: () => {
        if (left <= 0) this.titles.worker = null // its claim runs out
      },
    })
    this.opened.push(videos)
    return videos
  }

  video(): Video {
    const title = Array.from({ length: 1 + Math.floor(this.random() * 3) }, () => this.pick(WORDS)).join(' ')
    return { ...OLD, title, channel: this.pick([null, 'Pets', 'Cats']) }
  }

  /** One change by one process; it may fail, and is repeated by nobody. */
  change(videos: SharedVideos): Promise<unknown> {
    const [tenant, videoId] = [this.pick(['', 't']), this.pick(IDS)]
    const note = { annotationId: this.pick(['a', 'b']), timeMs: Math.floor(this.random() * 5), text: 'x' }
    const changes = [
      () => videos.put(tenant, videoId, this.video()),
      () => videos.put(tenant, videoId, this.video()),
      () => videos.remove(tenant, videoId),
      () => videos.annotate(tenant, videoId, note),
      () => videos.removeAnnotation(tenant, videoId, note.annotationId),
      () => this.client.produce(TOPIC, 0, [toMessage({ tenant, videoId, video: this.video() })]),
      () => this.client.produce(TOPIC, 0, [toMessage({ tenant, videoId, video: null })]),
      () => this.seesOld(videos),
    ]
    return this.pick(changes)().catch(() => {})
  }

  /** It was there before all processes, and never changes. */
  async seesOld(videos: SharedVideos): Promise<void> {
    if ((await videos.find('', 'old')) === null)
      this.faults.push('a title that is there is said to be missing')
    const { videos: found } = await videos.search('', 'old', 10)
    if (!found.some(({ videoId }) => videoId === 'old'))
      this.faults.push('a search misses a title that is there')
  }

  /** Some process that has slept applies a record of before. */
  async applyAgain(): Promise<void> {
    const records = this.client.topics.get(TOPIC)![0]!
    const record = this.pick(records)
    const store = this.mutant(
      this.titles.seenBy(() => turn()),
      () => records.length,
    )
    await applyChange(store.of(0).writes, fromRecord(record)!, record.offset)
  }

  async end(): Promise<void> {
    await Promise.allSettled(this.running)
    await Promise.all(this.opened.map((videos) => videos.close()))
    this.titles.worker = null
  }
}

async function run(seed: number, mutant: Mutant = (store) => store): Promise<void> {
  const world = new World(seed, mutant)
  try {
    await runIn(world)
  } finally {
    await world.end()
  }
}

async function runIn(world: World): Promise<void> {
  const videos = ['old', ...IDS].map((videoId) => ({ tenant: '', videoId, video: OLD }))
  await world.client.produce(TOPIC, 0, videos.map(toMessage))
  const processes = await Promise.all([world.open(), world.open(20 + world.random() * 200), world.open()])
  for (let step = 0; step < 40; step++) {
    world.running.push(world.change(world.pick(processes)))
    if (world.random() < 0.5) await turn()
    if (world.random() < 0.1) world.running.push(world.applyAgain())
    if (world.random() < 0.05) processes.push(await world.open(world.random() * 100))
  }
  await world.end()
  const last = await world.open()
  const end = world.client.topics.get(TOPIC)![0]!.length
  for (let i = 0; last.behind !== 0 || !last.isWhole || world.titles.progress.get(0)!.appliedTo < end; i++) {
    assert.ok(i < 10_000, 'the rest is never applied')
    await turn()
  }
  for (let again = 0; again < 5; again++) await world.applyAgain()
  assert.deepEqual(await allOf(last), await allOf(await replayed(world.client)))
  assert.deepEqual(world.faults, [])
}

async function replayed(client: MemoryClient): Promise<MemoryVideos> {
  const videos = new MemoryVideos()
  for (const record of client.topics.get(TOPIC)![0]!) {
    const change = fromRecord(record)!
    const { tenant, videoId } = change
    if (!('annotationId' in change)) {
      if (change.video === null) await videos.remove(tenant, videoId)
      else await videos.put(tenant, videoId, change.video)
    } else if (change.annotation === null) await videos.removeAnnotation(tenant, videoId, change.annotationId)
    else await videos.annotate(tenant, videoId, { annotationId: change.annotationId, ...change.annotation })
  }
  return videos
}

/** All that one can ask. */
async function allOf(videos: SharedVideos | MemoryVideos) {
  const answers: unknown[] = []
  for (const tenant of ['', 't']) {
    for (const videoId of ['old', ...IDS]) {
      answers.push(await videos.find(tenant, videoId), await videos.annotations(tenant, videoId))
    }
    for (const prefix of ['', 'c', 'cat', 'cats', 'd', 'ω', 'old', 'v']) {
      answers.push(await pagesOf(videos, tenant, prefix), await videos.channels(tenant, prefix, 10))
      answers.push((await videos.searchChannel(tenant, 'Pets', prefix, 10)).videos)
    }
    answers.push(await videos.channelVideos(tenant, 'Cats', 10), await videos.annotationCount(tenant, 100))
  }
  return answers
}

async function pagesOf(videos: VideoReader, tenant: string, prefix: string) {
  const found: FoundPage['videos'][] = []
  let page = await videos.search(tenant, prefix, 2)
  for (; page.next !== null; page = await videos.search(tenant, prefix, 2, page.next)) found.push(page.videos)
  return [...found, page.videos].flat()
}

test('what is left is what the topic says, whatever ends, comes late or is applied again', async () => {
  for (let seed = FROM; seed < FROM + SEEDS; seed++) {
    await run(seed).catch((cause) => {
      throw new Error(`seed ${seed}: ${cause.message}`, { cause })
    })
  }
})

/** Fails unless some world goes wrong. */
async function isCaught(mutant: Mutant): Promise<void> {
  for (let seed = 1; seed <= 2 * SEEDS; seed++) {
    try {
      await run(seed, mutant)
    } catch {
      return
    }
  }
  assert.fail('every world is right')
}

function writing(change: (writes: TitleWrites) => Partial<TitleWrites>): Mutant {
  return (store) => ({
    ...store,
    of(life) {
      const { reads, writes } = store.of(life)
      return { reads, writes: { ...writes, ...change(writes) } }
    },
  })
}

let latest = 1_000_000
const MUTANTS: Readonly<Record<string, Mutant>> = {
  'writes counted by themselves, and not by their record': writing((writes) => ({
    writeVideo: (name, video) => writes.writeVideo(name, video, ++latest),
  })),
  'an index of which a write wins because it is late': writing((writes) => ({
    writeEntries: (name, changes) => writes.writeEntries(name, changes, ++latest),
  })),
  'a change that writes only the entries that are new': writing((writes) => {
    const seen = new Map<string, StoredVideo | null>()
    return {
      async stored(name) {
        const stored = await writes.stored(name)
        seen.set(`${name.tenant} ${name.videoId}`, stored)
        return stored
      },
      writeEntries(name, { added, removed }, offset) {
        const video = seen.get(`${name.tenant} ${name.videoId}`)?.video ?? null
        const known = new Set(
          (video === null ? [] : indexEntries(name.videoId, video)).map((one) => JSON.stringify(one)),
        )
        return writes.writeEntries(
          name,
          { added: added.filter((one) => !known.has(JSON.stringify(one))), removed },
          offset,
        )
      },
    }
  }),
  'a video that is written before its index': writing((writes) => {
    let entries: () => Promise<void> = async () => {}
    return {
      async writeEntries(...changes) {
        entries = () => writes.writeEntries(...changes)
      },
      async writeVideo(...change) {
        const index = entries
        await writes.writeVideo(...change)
        await index()
      },
    }
  }),
  'removals that delete the video, and so its offset': writing((writes) => {
    const removed = new Set<string>()
    const keyOf = ({ tenant, videoId }: VideoName) => `${tenant} ${videoId}`
    return {
      stored: async (name) => (removed.has(keyOf(name)) ? null : writes.stored(name)),
      async writeVideo(name, video, offset) {
        const isLate = video !== null && removed.delete(keyOf(name))
        if (video === null) removed.add(keyOf(name))
        await writes.writeVideo(name, video, isLate ? ++latest : offset)
      },
    }
  }),
  'a removal that leaves annotations which its remover did not know': writing(() => ({
    removeAnnotations: async () => {},
  })),
  'a mark that moves before the records are applied': (store, topicEnd) => ({
    ...store,
    async claim(life, worker) {
      const isOurs = await store.claim(life, worker)
      if (isOurs) await store.note(life, topicEnd())
      return isOurs
    },
  }),
}

for (const [what, mutant] of Object.entries(MUTANTS))
  test(`it would not be with ${what}`, () => isCaught(mutant))
