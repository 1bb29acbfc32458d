// Videos on a cluster. Changes go to a compacted topic, which is the truth; tables that all processes share are made
// from it. Whoever makes a change also applies it to the tables, and a follower what was left. A process starts at
// once: it reads what it is asked for, and remembers it for a moment.
import type { Clock } from '../../lib/clock.ts'
import { withDeadline } from '../log/deadline.ts'
import type { KafkaClient } from '../log/kafka/kafka-client.ts'
import { VIDEOS_PARTITION, videosTopicOf } from '../log/kafka/topics.ts'
import {
  ANNOTATIONS_LISTED_MAX,
  type Annotation,
  type AnnotationReader,
  type AnnotationWriter,
} from './annotations.ts'
import { pendingChanges } from './pending-changes.ts'
import { busy, type ReadLimits, TitlesError } from './read-limits.ts'
import { RecentReads } from './recent-reads.ts'
import type { Place } from './search-place.ts'
import { TenantSlots } from './tenant-slots.ts'
import { applyAll, type Placed, TitleFollower, type UseSlot } from './title-follower.ts'
import type { TitleReads, TitleStore, VideoName } from './title-tables.ts'
import { toMessage } from './video-message.ts'
import { VideoSearch } from './video-search.ts'
import type { Change } from './video-store.ts'
import type { FoundVideo, Video, VideoReader, VideoWriter } from './videos.ts'

export type SharedVideosOptions = {
  readonly client: KafkaClient
  readonly clock: Clock
  /** The first part of every topic's name. */
  readonly prefix: string
  readonly store: TitleStore
  readonly limits: ReadLimits
  /** Names this process among the others. */
  readonly worker: string
  /** Called for each failure to apply what the topic holds; it goes on. */
  readonly onTrouble: (error: unknown) => void
}

/** So that they fit into a message set of Kafka, however long their titles are. */
const CHANGES_A_CALL_MAX = 100
/** Videos of all requests that are changed at once: counts are written to the same servers. The others wait. */
const APPLIED = {
  ...{ tasksMax: 24, ofTenantMax: 16, askedOfTenantMax: Number.POSITIVE_INFINITY, refusal: busy },
} as const
/** Requests that are under way: what is beyond is refused before it is in the topic. */
const REQUESTS_OF_TENANT_MAX = 64
const REQUESTS = {
  ...{ tasksMax: Number.POSITIVE_INFINITY, ofTenantMax: REQUESTS_OF_TENANT_MAX },
  ...{ askedOfTenantMax: REQUESTS_OF_TENANT_MAX, refusal: busy },
} as const
/** The deadline for what is in the topic to be in the tables; it comes there in any case. */
const APPLY_TIMEOUT_MS = 10_000
const VIDEOS_REMEMBERED_MAX = 10_000
/** Ids of videos in channels. */
const MEMBERS_REMEMBERED_MAX = 200_000
/** So long another process may still show an earlier title, or know other videos of a channel. */
const REMEMBERED_MS = 5_000

/** Begins to apply what the topic holds, and does not wait for it. */
export async function openSharedVideos(options: SharedVideosOptions): Promise<SharedVideos> {
  const videos = new SharedVideos(options)
  await videos.begin()
  return videos
}

/** Reads fail with a TitlesError or as the store does, changes also with LogError `unavailable`. */
export class SharedVideos implements VideoReader, VideoWriter, AnnotationReader, AnnotationWriter {
  readonly #options: SharedVideosOptions
  readonly #topic: string
  readonly #follower: TitleFollower
  readonly #applying = new TenantSlots(APPLIED)
  readonly #requests = new TenantSlots(REQUESTS)
  readonly #closing = new AbortController()
  readonly #found: RecentReads<Video | null>
  readonly #members: RecentReads<readonly string[]>
  /** By tenant, changes of this process that were begun or have ended: what was read meanwhile may be of before. */
  readonly #changes = new Map<string, number>()
  #following: Promise<void> = Promise.resolve()

  /** Called by openSharedVideos. */
  constructor(options: SharedVideosOptions) {
    this.#options = options
    this.#topic = videosTopicOf(options.prefix)
    this.#follower = new TitleFollower({ ...options, topic: this.#topic })
    const moment = { clock: options.clock, rememberedMs: REMEMBERED_MS }
    this.#found = new RecentReads({ ...moment, weightMax: VIDEOS_REMEMBERED_MAX, weightOf: () => 1 })
    const weightOf = (ids: readonly string[]) => 1 + ids.length
    this.#members = new RecentReads({ ...moment, weightMax: MEMBERS_REMEMBERED_MAX, weightOf })
  }

  /** Called by openSharedVideos. */
  async begin(): Promise<void> {
    await this.#follower.look().catch(this.#options.onTrouble)
    this.#following = this.#follower.follow(this.#closing.signal)
  }

  /** Whether questions can be answered: the tables hold all that the topic held at the start. */
  get isWhole(): boolean {
    return this.#follower.isCurrent
  }

  /** Records of the topic that may not be applied yet; null while nobody can say. */
  get behind(): number | null {
    return this.#follower.behind
  }

  async find(tenant: string, videoId: string): Promise<Video | null> {
    const reads = this.#reads()
    return this.#found.read(nameOf({ tenant, videoId }), async () => {
      const [video = null] = await this.#options.limits.find(tenant, () => reads.videos(tenant, [videoId]))
      return video
    })
  }

  search(tenant: string, prefix: string, limit: number, after: Place | null = null) {
    return this.#search(tenant, (search) => search.search(tenant, prefix, limit, after))
  }

  channels(tenant: string, prefix: string, limit: number) {
    return this.#search(tenant, (search) => search.channels(tenant, prefix, limit))
  }

  searchChannel(tenant: string, channel: string, prefix: string, limit: number, after: Place | null = null) {
    return this.#search(tenant, (search) => search.searchChannel(tenant, channel, prefix, limit, after))
  }

  async channelVideos(tenant: string, channel: string, limit: number): Promise<readonly string[]> {
    const reads = this.#reads()
    const key = [tenant, this.#changes.get(tenant), limit, channel].join('\t')
    return this.#members.read(key, () =>
      this.#options.limits.search(tenant, () => new VideoSearch(reads).channelVideos(tenant, channel, limit)),
    )
  }

  put(tenant: string, videoId: string, video: Video): Promise<void> {
    return this.putAll(tenant, [{ videoId, video }])
  }

  putAll(tenant: string, videos: readonly FoundVideo[]): Promise<void> {
    return this.#change(videos.map((found) => ({ tenant, ...found })))
  }

  /** What is removed stays in the topic for ever, so what was never there is not. */
  async remove(tenant: string, videoId: string): Promise<void> {
    const name = { tenant, videoId }
    const { video, annotationIds, seenTo } = await this.#knownOf(name)
    if (video === null && annotationIds.size === 0) return
    await this.#change(removalOf(name, annotationIds), (removedAt) =>
      this.#notedMeanwhile(name, seenTo, removedAt),
    )
  }

  async annotations(tenant: string, videoId: string): Promise<readonly Annotation[]> {
    const reads = this.#reads()
    return this.#options.limits.search(tenant, () =>
      reads.annotations({ tenant, videoId }, ANNOTATIONS_LISTED_MAX),
    )
  }

  async annotationCount(tenant: string, most: number): Promise<number> {
    const reads = this.#reads()
    return this.#options.limits.search(tenant, () => reads.annotationCount(tenant, most))
  }

  annotate(tenant: string, videoId: string, { annotationId, ...annotation }: Annotation): Promise<void> {
    return this.#change([{ tenant, videoId, annotationId, annotation }])
  }

  async removeAnnotation(tenant: string, videoId: string, annotationId: string): Promise<void> {
    if (this.isWhole) {
      const { annotationIds } = await this.#knownOf({ tenant, videoId })
      if (!annotationIds.has(annotationId)) return
    }
    await this.#change([{ tenant, videoId, annotationId, annotation: null }])
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#following
  }

  /** What there is of a video, also what is in the topic and in no table yet. */
  async #knownOf(name: VideoName) {
    const { client, limits } = this.#options
    const reads = this.#reads()
    const { appliedTo } = this.#follower.progress!
    // First: what is applied while it looks is in the tables then.
    const { changes: pending, seenTo } = await pendingChanges(client, this.#topic, appliedTo, name)
    const [stored = null] = await limits.find(name.tenant, () => reads.videos(name.tenant, [name.videoId]))
    let video = stored
    const annotationIds = new Set<string>()
    for (const { annotationId } of await this.annotations(name.tenant, name.videoId))
      annotationIds.add(annotationId)
    for (const { change } of pending) {
      if (!('annotationId' in change)) video = change.video
      else if (change.annotation === null) annotationIds.delete(change.annotationId)
      else annotationIds.add(change.annotationId)
    }
    return { video, annotationIds, seenTo }
  }

  /**
   * Removals of annotations that came into the topic after it was looked through, and before their video was removed:
   * the tables lose them with it, but those that are made anew would not.
   */
  async #notedMeanwhile(name: VideoName, seenTo: number, removedAt: number): Promise<readonly Change[]> {
    const { changes } = await pendingChanges(this.#options.client, this.#topic, seenTo, name)
    const missed = new Map<string, Change>()
    for (const { change, offset } of changes) {
      if (!('annotationId' in change)) continue
      if (change.annotation === null || offset > removedAt) missed.delete(change.annotationId)
      else missed.set(change.annotationId, { ...change, annotation: null })
    }
    return Array.from(missed.values())
  }

  async #search<T>(tenant: string, ask: (search: VideoSearch) => Promise<T>): Promise<T> {
    const reads = this.#reads()
    return this.#options.limits.search(tenant, () => ask(new VideoSearch(reads)))
  }

  #reads(): TitleReads {
    const { progress } = this.#follower
    if (progress !== null && this.#follower.isCurrent) return this.#options.store.of(progress.life).reads
    throw new TitlesError('not_whole', 'The titles are still being read from the topic.')
  }

  /** @param more what has to follow, given the offset of the last change */
  async #change(
    changes: readonly Change[],
    more: (lastOffset: number) => Promise<readonly Change[]> = async () => [],
  ): Promise<void> {
    const [first] = changes
    if (first !== undefined) await this.#requests.use(first.tenant, () => this.#makeChanges(changes, more))
  }

  async #makeChanges(
    changes: readonly Change[],
    more: (lastOffset: number) => Promise<readonly Change[]>,
  ): Promise<void> {
    this.#forget(changes)
    try {
      if (this.#follower.progress === null) await this.#follower.look()
      for (let at = 0; at < changes.length; at += CHANGES_A_CALL_MAX) {
        const next = at + CHANGES_A_CALL_MAX
        const placed = await this.#produce(changes.slice(at, next))
        if (next >= changes.length) placed.push(...(await this.#produce(await more(placed.at(-1)!.offset))))
        await this.#apply(placed)
      }
    } finally {
      this.#forget(changes)
    }
  }

  async #produce(changes: readonly Change[]): Promise<Placed[]> {
    const placed: Placed[] = []
    for (let at = 0; at < changes.length; at += CHANGES_A_CALL_MAX) {
      const some = changes.slice(at, at + CHANGES_A_CALL_MAX)
      const first = await this.#options.client.produce(this.#topic, VIDEOS_PARTITION, some.map(toMessage))
      placed.push(...some.map((change, i) => ({ change, offset: first + i })))
    }
    return placed
  }

  /** What has not been begun when the deadline has passed is left to the follower. */
  async #apply(changes: readonly Placed[]): Promise<void> {
    const { store, clock } = this.#options
    const ended = new AbortController()
    // Of a life that is seen only after this the process waits for the whole topic, with these records.
    const { writes } = store.of(this.#follower.progress!.life)
    const use: UseSlot = (tenant, task) => this.#applying.use(tenant, task)
    const applying = applyAll(writes, changes, use, ended.signal)
    try {
      await withDeadline(applying, clock, APPLY_TIMEOUT_MS, this.#closing.signal)
    } finally {
      ended.abort(busy())
    }
  }

  /** It is not known which channels the videos were in. */
  #forget(changes: readonly Change[]): void {
    const ofVideos = changes.filter((change) => !('annotationId' in change))
    for (const change of ofVideos) this.#found.forget(nameOf(change))
    for (const tenant of new Set(ofVideos.map((change) => change.tenant)))
      this.#changes.set(tenant, (this.#changes.get(tenant) ?? 0) + 1)
  }
}

function nameOf({ tenant, videoId }: VideoName): string {
  return `${tenant}\t${videoId}`
}

/**
 * Also its annotations, each under its own key: compaction keeps them otherwise, and drops the removal of the video
 * when it is set again. They come first: while the video is there, a removal that was half done is repeated as a whole.
 */
function removalOf(name: VideoName, annotationIds: ReadonlySet<string>): readonly Change[] {
  const notes = Array.from(annotationIds, (annotationId) => ({ ...name, annotationId, annotation: null }))
  return [...notes, { ...name, video: null }]
}
