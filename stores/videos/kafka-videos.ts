// Videos on a cluster: changes go to a compacted topic, which every process follows into a store on its own disk. The
// topic is the truth; the store can be thrown away at any time, which happens if it is damaged.

import type { Clock } from '../../lib/clock.ts'
import { DataDirectoryError } from '../disk/data-directory.ts'
import { removeDatabase } from '../disk/level-database.ts'
import { withDeadline } from '../log/deadline.ts'
import type { KafkaClient } from '../log/kafka/kafka-client.ts'
import { VIDEOS_PARTITION, videosTopicOf } from '../log/kafka/topics.ts'
import { LogError } from '../log/log.ts'
import type { Annotation, AnnotationReader, AnnotationWriter } from './annotations.ts'
import type { Place } from './search-place.ts'
import { fromRecord, toMessage } from './video-message.ts'
import { type Change, openVideoStore, type VideoStore } from './video-store.ts'
import type { FoundVideo, Video, VideoReader, VideoWriter } from './videos.ts'

export type KafkaVideosOptions = {
  readonly client: KafkaClient
  readonly clock: Clock
  /** The first part of every topic's name. */
  readonly prefix: string
  /** Used by this process alone. */
  readonly directory: string
  /** Called for each failure to read the topic; it continues. */
  readonly onTrouble: (error: unknown) => void
}

const FETCH_LIMIT = { bytesMax: 1 << 20, waitMs: 1_000 }
/** Longer than any client's own deadline: only a client that hangs reaches it. */
const FETCH_TIMEOUT_MS = 20_000
const RETRY_MS = 1_000
/** So that they fit into a message set of Kafka, however long their titles are. */
const CHANGES_A_CALL_MAX = 100
/** The deadline for a change to come back from the topic. */
const SEEN_TIMEOUT_MS = 5_000

/** Follows the topic until closed; does not wait for it. Fails with a DataDirectoryError. */
export async function openKafkaVideos(options: KafkaVideosOptions): Promise<KafkaVideos> {
  const { directory } = options
  try {
    const store = await openVideoStore(directory)
    store.accept() // the lost end is read from the topic again
    return new KafkaVideos(options, store)
  } catch (error) {
    if (!(error instanceof DataDirectoryError && error.code === 'damaged')) throw error
    options.onTrouble(error)
    await removeDatabase(directory)
    return new KafkaVideos(options, await openVideoStore(directory))
  }
}

type Waiting = { readonly offset: number; readonly seen: () => void }

export class KafkaVideos implements VideoReader, VideoWriter, AnnotationReader, AnnotationWriter {
  readonly #options: KafkaVideosOptions
  readonly #topic: string
  readonly #store: VideoStore
  readonly #closing = new AbortController()
  readonly #following: Promise<void>
  /** Changes of this process that have not come back from the topic yet. */
  readonly #waiting = new Set<Waiting>()
  /** Everything before it is in the store. */
  #nextOffset = 0

  /** Called by openKafkaVideos. */
  constructor(options: KafkaVideosOptions, store: VideoStore) {
    this.#options = options
    this.#topic = videosTopicOf(options.prefix)
    this.#store = store
    this.#following = this.#follow()
  }

  find(tenant: string, videoId: string) {
    return this.#store.find(tenant, videoId)
  }

  search(tenant: string, prefix: string, limit: number, after: Place | null = null) {
    return this.#store.search(tenant, prefix, limit, after)
  }

  channels(tenant: string, prefix: string, limit: number) {
    return this.#store.channels(tenant, prefix, limit)
  }

  searchChannel(tenant: string, channel: string, prefix: string, limit: number, after: Place | null = null) {
    return this.#store.searchChannel(tenant, channel, prefix, limit, after)
  }

  channelVideos(tenant: string, channel: string, limit: number) {
    return this.#store.channelVideos(tenant, channel, limit)
  }

  /** Fails with LogError `unavailable`, like `remove`. */
  put(tenant: string, videoId: string, video: Video): Promise<void> {
    return this.#change([{ tenant, videoId, video }])
  }

  /** Fails as `put` does. */
  async putAll(tenant: string, videos: readonly FoundVideo[]): Promise<void> {
    await this.#changeAll(videos.map((found) => ({ tenant, ...found })))
  }

  /** Fails as `put` does, like all that follow. */
  async remove(tenant: string, videoId: string): Promise<void> {
    await this.#changeAll(removalOf(tenant, videoId, await this.annotations(tenant, videoId)))
  }

  annotations(tenant: string, videoId: string) {
    return this.#store.annotations(tenant, videoId)
  }

  annotationCount(tenant: string, most: number) {
    return this.#store.annotationCount(tenant, most)
  }

  annotate(tenant: string, videoId: string, { annotationId, ...annotation }: Annotation): Promise<void> {
    return this.#change([{ tenant, videoId, annotationId, annotation }])
  }

  removeAnnotation(tenant: string, videoId: string, annotationId: string): Promise<void> {
    return this.#change([{ tenant, videoId, annotationId, annotation: null }])
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#following
    await this.#store.close()
  }

  async #changeAll(changes: readonly Change[]): Promise<void> {
    for (let at = 0; at < changes.length; at += CHANGES_A_CALL_MAX)
      await this.#change(changes.slice(at, at + CHANGES_A_CALL_MAX))
  }

  async #change(changes: readonly Change[]): Promise<void> {
    const first = await this.#options.client.produce(this.#topic, VIDEOS_PARTITION, changes.map(toMessage))
    const offset = first + changes.length - 1
    if (this.#nextOffset > offset) return
    const seen = Promise.withResolvers<void>()
    const waiting = { offset, seen: seen.resolve }
    this.#waiting.add(waiting)
    try {
      await withDeadline(seen.promise, this.#options.clock, SEEN_TIMEOUT_MS, this.#closing.signal)
    } finally {
      this.#waiting.delete(waiting)
    }
  }

  async #follow(): Promise<void> {
    const { clock, onTrouble } = this.#options
    const { signal } = this.#closing
    let isPlaced = false
    while (!signal.aborted) {
      try {
        if (!isPlaced) await this.#takePlace()
        isPlaced = true
        await this.#followSome()
      } catch (error) {
        if (signal.aborted) return
        onTrouble(error)
        isPlaced = false
        if (error instanceof LogError && error.code === 'offset_out_of_range') await this.#startAnew()
        await clock.sleep(RETRY_MS, signal)
      }
    }
  }

  async #takePlace(): Promise<void> {
    this.#nextOffset =
      (await this.#store.followedTo()) ??
      (await this.#options.client.offsetOf(this.#topic, VIDEOS_PARTITION, 'start'))
  }

  async #followSome(): Promise<void> {
    const { client, clock, onTrouble } = this.#options
    const fetching = client.fetch(this.#topic, VIDEOS_PARTITION, this.#nextOffset, FETCH_LIMIT)
    const { records, nextOffset } = await withDeadline(
      fetching,
      clock,
      FETCH_TIMEOUT_MS,
      this.#closing.signal,
    )
    if (nextOffset === this.#nextOffset) return
    const changes = records.flatMap((record) => fromRecord(record) ?? [])
    if (changes.length < records.length)
      onTrouble(new Error(`Topic ${this.#topic} holds records that are not ours.`))
    await this.#store.apply(changes, nextOffset)
    this.#nextOffset = nextOffset
    for (const { offset, seen } of this.#waiting) if (offset < nextOffset) seen()
  }

  /** The topic was made anew: what it does not hold is no longer valid. */
  async #startAnew(): Promise<void> {
    this.#nextOffset = 0
    await this.#store.clear().catch(this.#options.onTrouble)
  }
}

/**
 * Also its annotations, each under its own key: compaction keeps them otherwise, and may drop the removal of the video
 * before whoever starts has read it.
 */
function removalOf(
  tenant: string,
  videoId: string,
  annotations: readonly Pick<Annotation, 'annotationId'>[],
): readonly Change[] {
  const notes = annotations.map(({ annotationId }) => ({ tenant, videoId, annotationId, annotation: null }))
  return [{ tenant, videoId, video: null }, ...notes]
}
