// Random worlds of titles: processes change the same few videos at once, those of an earlier release write to the topic
// alone, processes end at any call, records are applied again, late and out of order, and compaction takes records
// that others replaced. What is left is what the topic says, one record after the other, and so are tables that are
// made anew of what compaction has left.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { seededRandom } from '../../testing/crash-record.ts'
import { MemoryClient } from '../../testing/memory-kafka-client.ts'
import { MemoryTitles } from '../../testing/memory-titles.ts'
import { MemoryVideos } from '../../testing/memory-videos.ts'
import type { Fetched, KafkaRecord } from '../log/kafka/kafka-client.ts'
import { LogError } from '../log/log.ts'
import { applyChange } from './apply-change.ts'
import { indexEntries } from './index-entries.ts'
import { ReadLimits, TitlesError } from './read-limits.ts'
import { openSharedVideos, type SharedVideos } from './shared-videos.ts'
import { beginAnew } from './title-follower.ts'
import type { StoredVideo, TitleStore, TitleWrites, VideoName } from './title-tables.ts'
import { fromRecord, toMessage } from './video-message.ts'
import type { Change } from './video-store.ts'
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

/** Titles are not what they should be: what rules are for. Another failure is a fault of this test. */
class WrongTitles extends Error {}

/** Its topics hold all that was ever put into them; readers do not see what compaction has taken. */
class CompactedClient extends MemoryClient {
  readonly #gone = new Set<number>()

  get records(): KafkaRecord[] {
    return this.topics.get(TOPIC)![0]!
  }

  /** Nothing comes between. */
  put(changes: readonly Change[]): void {
    for (const { key, value } of changes.map(toMessage))
      this.records.push({ offset: this.records.length, logTimeMs: 0, key, bytes: value! })
  }

  /** Of those before `to` the latest of each key stays. */
  compact(to: number): void {
    const latest = new Map(this.records.slice(0, to).map(({ key, offset }) => [String(key), offset]))
    for (const { key, offset } of this.records.slice(0, to))
      if (latest.get(String(key)) !== offset) this.#gone.add(offset)
  }

  /** Removals may go once all have seen them, as they do where they are no JSON. */
  dropRemovals(): void {
    for (const { bytes, offset } of this.records) if (String(bytes) === 'null') this.#gone.add(offset)
  }

  override async fetch(...args: Parameters<MemoryClient['fetch']>): Promise<Fetched> {
    const { records, ...fetched } = await super.fetch(...args)
    return { ...fetched, records: records.filter(({ offset }) => !this.#gone.has(offset)) }
  }
}

class World {
  readonly client: CompactedClient
  readonly titles = new MemoryTitles()
  readonly random: Random
  readonly mutant: Mutant
  /** Where not, an earlier release may remove a video without those annotations that it does not know yet. */
  readonly isCompacted: boolean
  readonly running: Promise<unknown>[] = []
  readonly opened: SharedVideos[] = []
  /** What must not happen at any time. */
  readonly faults: string[] = []
  /** Failures that are none of those that a world makes. */
  readonly surprises: unknown[] = []
  #nowMs = 0
  #names = 0

  constructor(seed: number, mutant: Mutant) {
    this.random = seededRandom(seed)
    this.mutant = mutant
    this.isCompacted = this.random() < 0.5
    this.client = new CompactedClient(this.clock)
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
      store: this.mutant(this.titles.seenBy(before), () => this.client.records.length),
      limits: new ReadLimits(null, this.clock),
      onTrouble: (error) => {
        this.expect(error)
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

  expect(error: unknown): void {
    const isMade = (error as Error).message === ENDED
    if (!isMade && !(error instanceof TitlesError) && !(error instanceof LogError)) this.surprises.push(error)
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
      async () => this.client.put(this.oldRemoval({ tenant, videoId })),
      () => this.seesOld(videos),
    ]
    return this.pick(changes)().catch((error) => this.expect(error))
  }

  /** An earlier release removes the annotations after their video. */
  oldRemoval(name: VideoName): readonly Change[] {
    if (!this.isCompacted) return [{ ...name, video: null }]
    const ids = this.client.records.flatMap((record) => {
      const change = fromRecord(record)!
      const isOurs = change.tenant === name.tenant && change.videoId === name.videoId
      return isOurs && 'annotationId' in change ? [change.annotationId] : []
    })
    const notes = Array.from(new Set(ids), (annotationId) => ({ ...name, annotationId, annotation: null }))
    return [{ ...name, video: null }, ...notes]
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
    const { records } = this.client
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
    if (world.random() < 0.1) world.running.push(world.applyAgain().catch((error) => world.expect(error)))
    if (world.isCompacted && world.random() < 0.1)
      world.client.compact(world.random() * world.client.records.length)
    if (world.random() < 0.05) processes.push(await world.open(world.random() * 100))
  }
  await world.end()
  const truth = await allOf(await replayed(world.client))
  const last = await wholeIn(world, 0)
  for (let again = 0; again < 5; again++) await world.applyAgain()
  const left = await allOf(last)
  await world.end()
  if (world.isCompacted) world.client.compact(world.client.records.length)
  if (world.isCompacted && world.random() < 0.5) world.client.dropRemovals()
  await beginAnew(world.titles.seenBy())
  const anew = await allOf(await wholeIn(world, 1))
  for (const surprise of world.surprises) throw surprise
  try {
    assert.deepEqual(world.faults, [])
    assert.deepEqual(left, truth)
    assert.deepEqual(anew, truth, 'of tables that were made anew')
  } catch (cause) {
    throw new WrongTitles((cause as Error).message, { cause })
  }
}

/** A process that knows all that the topic holds. */
async function wholeIn(world: World, life: number): Promise<SharedVideos> {
  const videos = await world.open()
  const end = world.client.records.length
  const isApplied = () => (world.titles.progress.get(life)?.appliedTo ?? 0) >= end
  for (let i = 0; videos.behind !== 0 || !videos.isWhole || !isApplied(); i++) {
    assert.ok(i < 10_000, 'the rest is never applied')
    await turn()
  }
  return videos
}

async function replayed(client: CompactedClient): Promise<MemoryVideos> {
  const videos = new MemoryVideos()
  for (const record of client.records) {
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
    } catch (error) {
      if (error instanceof WrongTitles) return
      throw error
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
