// Sends stored rows to Redis in the background of counting: rows wait and merge (totals are absolute), and are sent
// again until Redis has them. A source's record says from which minute on, and up to which offset, all of its rows
// are there; it is written after them. A loss (Redis lost its memory, an owner died with unsent rows or had to drop
// some) is noticed when the next record does not join the previous one; then the record starts again at a later
// minute.
import type { Redis } from 'ioredis'
import type { Clock } from '../../lib/clock.ts'
import { minuteOf } from '../../model/bucket.ts'
import type { Checkpoint, CountRow } from '../counts/counts.ts'
import type { RedisCalls } from '../redis/calls.ts'
import { KEY_TTL_MS, SOURCES_KEY } from './redis-top-keys.ts'
import { RedisTopLists, type TopRow } from './redis-top-lists.ts'
import { WRITE_RECORD } from './redis-top-scripts.ts'
import { TopFolder } from './top-folder.ts'
import type { TopLimits } from './top-limits.ts'
import { topGroup } from './top-lists.ts'
import { TOP_RETENTION_MINUTES, type TopWriter } from './tops.ts'

export type TopWriterSettings = {
  /** How far ahead of log time an event may be. */
  readonly aheadMs: number
  /** Rows that wait; beyond this, all of them are dropped, and lists are not exact for a while. */
  readonly waitingRowsMax: number
  /** Of the lists of all processes in Redis. */
  readonly limits: TopLimits
}

export const TOP_WRITER_LIMITS = { waitingRowsMax: 200_000 }

type Lot = {
  readonly sourceId: string
  readonly group: string
  readonly minute: number
  /** video → its newest total. */
  readonly totals: Map<string, TopRow>
}

const LINGER_MS = 20
const RETRY_MS = 500
/** How long a checkpoint waits for its record, so that an owner that dies after the checkpoint leaves no gap. */
const REACH_MS = 200
const CALL_TIMEOUT_MS = 2_000
const LOTS_IN_FLIGHT_MAX = 16
/** How often the processes together look for lists to fold. */
const FOLD_MS = 15_000
/** A record that starts again starts this many minutes after the last one that may have changed. */
const SLACK_MINUTES = 3

export class RedisTopWriter implements TopWriter {
  readonly #calls: RedisCalls
  readonly #clock: Clock
  readonly #settings: TopWriterSettings
  readonly #lists: RedisTopLists
  readonly #folder: TopFolder
  #lots = new Map<string, Lot>()
  #rows = 0
  /** Sources that were never counted before. */
  #births = new Set<string>()
  /** By source, the next record. */
  #marks = new Map<string, Checkpoint>()
  /** The offset up to which each source's rows were passed on without a gap; absent if rows were dropped. */
  readonly #through = new Map<string, number>()
  readonly #stop = new AbortController()
  #sending: Promise<void> | null = null
  #folding: Promise<void> | null = null
  #foldedMs = Number.NEGATIVE_INFINITY
  /** Resolved when the next attempt to send has ended. */
  #attempt = Promise.withResolvers<void>()

  constructor(calls: RedisCalls, clock: Clock, settings: TopWriterSettings) {
    this.#calls = calls
    this.#clock = clock
    this.#settings = settings
    this.#lists = new RedisTopLists(calls)
    this.#folder = new TopFolder(this.#lists, clock, settings.limits)
  }

  begin(sourceId: string, checkpoint: Checkpoint | null): void {
    this.#through.set(sourceId, checkpoint?.offset ?? -1)
    if (checkpoint === null) this.#births.add(sourceId)
  }

  write(sourceId: string, rows: readonly CountRow[]): void {
    const oldest = minuteOf(this.#clock.nowMs()) - TOP_RETENTION_MINUTES
    for (const { bucket, total } of rows) {
      if (bucket.minute >= oldest) {
        const { count, upTo } = total
        const lot = this.#lotOf(sourceId, topGroup(bucket.tenant, bucket.type), bucket.minute)
        this.#put(lot, bucket.videoId, { count, upTo })
      }
    }
    if (this.#rows > this.#settings.waitingRowsMax) this.#letGo()
    this.#sending ??= this.#sendAll()
  }

  async reached(sourceId: string, checkpoint: Checkpoint): Promise<void> {
    this.#marks.set(sourceId, checkpoint)
    this.#sending ??= this.#sendAll()
    const waiting = new AbortController()
    await Promise.race([this.#attempt.promise, this.#clock.sleep(REACH_MS, waiting.signal)])
    waiting.abort()
  }

  /** Tries once more to send the waiting rows. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#sending
    await this.#folding
  }

  #lotOf(sourceId: string, group: string, minute: number): Lot {
    const key = `${minute}\t${group}\t${sourceId}`
    const lot = this.#lots.get(key) ?? { sourceId, group, minute, totals: new Map() }
    this.#lots.set(key, lot)
    return lot
  }

  #put({ totals }: Lot, videoId: string, total: TopRow): void {
    const held = totals.get(videoId)
    if (held === undefined) this.#rows++
    if (held === undefined || total.upTo >= held.upTo) totals.set(videoId, total)
  }

  #letGo(): void {
    this.#lots = new Map()
    this.#rows = 0
    this.#through.clear()
  }

  async #sendAll(): Promise<void> {
    do {
      await this.#clock.sleep(LINGER_MS, this.#stop.signal)
      const isSent = await this.#send()
      if (isSent) this.#foldSoon()
      if (this.#stop.signal.aborted) break
      if (!isSent) await this.#clock.sleep(RETRY_MS, this.#stop.signal)
    } while (this.#lots.size > 0 || this.#marks.size > 0)
    this.#sending = null
  }

  /** The records follow the rows that were passed before them. */
  async #send(): Promise<boolean> {
    const attempt = this.#attempt
    this.#attempt = Promise.withResolvers()
    const lots = [...this.#lots.values()]
    const births = this.#births
    const marks = this.#marks
    const through = new Map(this.#through)
    this.#lots = new Map()
    this.#rows = 0
    this.#births = new Set()
    this.#marks = new Map()
    try {
      for (const sourceId of births) await this.#sendBirth(sourceId)
      for (let at = 0; at < lots.length; at += LOTS_IN_FLIGHT_MAX) {
        await Promise.all(lots.slice(at, at + LOTS_IN_FLIGHT_MAX).map((lot) => this.#sendLot(lot)))
      }
      for (const [sourceId, checkpoint] of marks) {
        await this.#sendRecord(sourceId, checkpoint, through.get(sourceId))
        // If rows were dropped meanwhile, there is a gap until the next record.
        if (this.#through.has(sourceId) || !through.has(sourceId))
          this.#through.set(sourceId, checkpoint.offset)
      }
      return true
    } catch {
      this.#takeBack(lots, births, marks)
      return false
    } finally {
      attempt.resolve()
    }
  }

  /** A source that was never counted before is complete from its beginning. */
  async #sendBirth(sourceId: string): Promise<void> {
    await this.#run((redis) => redis.hsetnx(SOURCES_KEY, sourceId, '0 -1 0'))
  }

  #sendLot({ sourceId, group, minute, totals }: Lot): Promise<void> {
    return this.#lists.write(sourceId, group, minute, totals, this.#settings.limits)
  }

  /** Makes room where it is needed, whoever else does. */
  fold(): Promise<void> {
    return this.#folder.pass()
  }

  /** Beside the rows, which do not wait for it. What fails is tried again by the next pass. */
  #foldSoon(): void {
    const nowMs = this.#clock.nowMs()
    if (this.#folding !== null || Math.abs(nowMs - this.#foldedMs) < FOLD_MS) return
    this.#foldedMs = nowMs
    const pass = async () => {
      if (await this.#lists.claim(FOLD_MS / 2)) await this.fold()
    }
    this.#folding = pass()
      .catch(() => {})
      .finally(() => {
        this.#folding = null
      })
  }

  async #sendRecord(sourceId: string, { offset, logTimeMs }: Checkpoint, joinsOn: number | undefined) {
    const { aheadMs } = this.#settings
    const restart = minuteOf(Math.max(logTimeMs, this.#clock.nowMs()) + aheadMs) + SLACK_MINUTES
    const joins = joinsOn ?? Number.MAX_SAFE_INTEGER
    const args = [sourceId, joins, offset, logTimeMs, restart, KEY_TTL_MS]
    await this.#run((redis) => WRITE_RECORD.run(redis, [SOURCES_KEY], args))
  }

  /** Unsent rows wait again; newer rows take precedence. */
  #takeBack(lots: readonly Lot[], births: ReadonlySet<string>, marks: ReadonlyMap<string, Checkpoint>): void {
    this.#births = this.#births.union(births)
    for (const { sourceId, group, minute, totals } of lots) {
      const lot = this.#lotOf(sourceId, group, minute)
      for (const [videoId, total] of totals) {
        const newer = lot.totals.get(videoId)
        this.#put(lot, videoId, newer !== undefined && newer.upTo >= total.upTo ? newer : total)
      }
    }
    for (const [sourceId, mark] of marks) if (!this.#marks.has(sourceId)) this.#marks.set(sourceId, mark)
    if (this.#rows > this.#settings.waitingRowsMax) this.#letGo()
  }

  #run(call: (redis: Redis) => Promise<unknown>): Promise<unknown> {
    return this.#calls.run(call, CALL_TIMEOUT_MS)
  }
}
