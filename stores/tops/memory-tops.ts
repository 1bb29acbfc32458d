// The counts of all videos by minute, in the memory of one process. Filled from the counts when the process starts.
// At the bound the oldest minutes keep only their most counted videos, and a bound for what the others may have had.

import type { Clock } from '../../lib/clock.ts'
import { minuteOf } from '../../model/bucket.ts'
import { BATCH_SOURCE, type CountRow } from '../counts/counts.ts'
import { TopUnion, type VideoCounts } from './top-union.ts'
import { TOP_RETENTION_MINUTES, type TopCounts, type TopReader, type TopWriter } from './tops.ts'

/** Videos × minutes × sources. About 60 bytes each. */
const ENTRIES_MAX = 3_000_000
/** The weight of an empty minute of a tenant and type: senders may name any number of types. */
const MINUTE_ENTRIES = 12
/** Strings of ids that are shared between minutes. */
const NAMES_MAX = 200_000
const NOTHING: VideoCounts = { counts: new Map(), bound: 0 }
/** How many videos of each source a minute keeps at the bound. */
const KEPT_VIDEOS = 200

export type StoredRows = { readonly sourceId: string; readonly rows: readonly CountRow[] }

type Correction = { readonly count: number; readonly upTo: number }

class Minute {
  version = 0
  /** The most that a video may have had that is absent from a source. */
  bound = 0
  /** Totals of sources of the log only grow, so the greater one includes more. */
  readonly sources = new Map<string, Map<string, number>>()
  readonly corrections = new Map<string, Correction>()

  /** Returns how many entries were added. */
  put(sourceId: string, videoId: string, { count, upTo }: Correction): number {
    const before = this.size
    this.version++
    if (sourceId === BATCH_SOURCE) {
      if (upTo > (this.corrections.get(videoId)?.upTo ?? -1)) this.corrections.set(videoId, { count, upTo })
    } else {
      const counts = this.sources.get(sourceId) ?? new Map<string, number>()
      this.sources.set(sourceId, counts)
      if (count > (counts.get(videoId) ?? 0)) counts.set(videoId, count)
    }
    return this.size - before
  }

  get size(): number {
    return this.sources
      .values()
      .reduce((sum, counts) => sum + counts.size, MINUTE_ENTRIES + this.corrections.size)
  }

  /** Returns how many entries were removed. */
  prune(): number {
    let removed = 0
    for (const counts of this.sources.values()) {
      const rest = [...counts].sort(([, a], [, b]) => b - a).slice(KEPT_VIDEOS)
      if (rest.length > 0) this.bound = Math.max(this.bound, rest[0]![1])
      for (const [videoId] of rest) counts.delete(videoId)
      removed += rest.length
    }
    if (removed > 0) this.version++
    return removed
  }

  sum(): VideoCounts {
    const sum = new Map<string, number>()
    const add = (videoId: string, count: number) => sum.set(videoId, (sum.get(videoId) ?? 0) + count)
    for (const counts of this.sources.values()) for (const [videoId, count] of counts) add(videoId, count)
    for (const [videoId, { count }] of this.corrections) add(videoId, count)
    return { counts: sum, bound: this.bound * this.sources.size }
  }
}

export class MemoryTops implements TopWriter, TopReader {
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #entriesMax: number
  /** tenant and type → minute. */
  readonly #groups = new Map<string, Map<number, Minute>>()
  readonly #union: TopUnion
  #names = new Map<string, string>()
  #entries = 0
  #isFilled = false
  #sweptMinute = 0
  /** Minutes before this one were dropped for lack of room. */
  #wholeFrom = 0

  constructor(clock: Pick<Clock, 'nowMs'>, entriesMax = ENTRIES_MAX) {
    this.#clock = clock
    this.#entriesMax = entriesMax
    this.#union = new TopUnion({
      versions: async (group, from, to) => this.#versions(group, from, to),
      load: async (group, minutes) =>
        minutes.map((minute) => this.#groups.get(group)?.get(minute)?.sum() ?? NOTHING),
    })
  }

  /** Loads all rows that were stored before, while new ones arrive. Until then lists are incomplete. */
  async fill(stored: AsyncIterable<StoredRows>, signal?: AbortSignal): Promise<void> {
    for await (const { sourceId, rows } of stored) {
      if (signal?.aborted) return
      this.write(sourceId, rows)
    }
    this.#isFilled = true
  }

  begin(): void {}

  async reached(): Promise<void> {}

  write(sourceId: string, rows: readonly CountRow[]): void {
    const oldest = this.#oldest()
    if (oldest > this.#sweptMinute) this.#sweep(oldest)
    for (const { bucket, total } of rows) {
      if (bucket.minute < oldest) continue
      const minute = this.#minuteOf(groupOf(bucket.tenant, bucket.type), bucket.minute)
      this.#entries += minute.put(sourceId, this.#nameOf(bucket.videoId), total)
    }
    if (this.#entries > this.#entriesMax) this.#prune()
  }

  async read(tenant: string, type: string, from: number, to: number): Promise<TopCounts> {
    const isWhole = this.#isFilled && from >= Math.max(this.#oldest(), this.#wholeFrom)
    const asOfMs = isWhole ? Number.POSITIVE_INFINITY : null
    return { ...(await this.#union.read(groupOf(tenant, type), from, to)), asOfMs }
  }

  #oldest(): number {
    return minuteOf(this.#clock.nowMs()) - TOP_RETENTION_MINUTES
  }

  #versions(group: string, from: number, to: number): Map<number, number> {
    const versions = new Map<number, number>()
    for (const [minute, { version }] of this.#groups.get(group) ?? []) {
      if (minute >= from && minute < to) versions.set(minute, version)
    }
    return versions
  }

  #minuteOf(group: string, at: number): Minute {
    const minutes = this.#groups.get(group) ?? new Map<number, Minute>()
    this.#groups.set(group, minutes)
    const held = minutes.get(at)
    if (held !== undefined) return held
    const minute = new Minute()
    minutes.set(at, minute)
    this.#entries += minute.size
    return minute
  }

  #sweep(oldest: number): void {
    this.#sweptMinute = oldest
    for (const [group, minutes] of this.#groups) {
      for (const [at, minute] of minutes) {
        if (at >= oldest) continue
        this.#entries -= minute.size
        minutes.delete(at)
      }
      if (minutes.size === 0) this.#groups.delete(group)
    }
  }

  /** Drops more than is needed, so that it does not run at every write. */
  #prune(): void {
    const all = [...this.#groups.values()].flatMap((minutes) =>
      [...minutes].map((entry) => ({ minutes, entry })),
    )
    const oldestFirst = all.sort((a, b) => a.entry[0] - b.entry[0])
    const isEnough = () => this.#entries <= 0.9 * this.#entriesMax
    for (const { entry } of oldestFirst) {
      if (isEnough()) return
      this.#entries -= entry[1].prune()
    }
    for (const { minutes, entry } of oldestFirst) {
      if (isEnough()) return
      const [at, minute] = entry
      this.#entries -= minute.size
      minutes.delete(at)
      this.#wholeFrom = Math.max(this.#wholeFrom, at + 1)
    }
  }

  /** The same string object for the same id, so that it is stored once. */
  #nameOf(videoId: string): string {
    const name = this.#names.get(videoId)
    if (name !== undefined) return name
    if (this.#names.size >= NAMES_MAX) this.#names = new Map()
    this.#names.set(videoId, videoId)
    return videoId
  }
}

/** Types and tenants hold no control characters. */
function groupOf(tenant: string, type: string): string {
  return `${tenant}\t${type}`
}
