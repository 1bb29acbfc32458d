// Keeps watched counts up to date: each is read once per change, however many clients watch it, and at a bounded
// rate. A notification only says when to read; what is sent is always read from the counts. If notifications do not
// arrive, or may have been missed, everything is read again. Knows no HTTP.

import type { Clock } from '../../../lib/clock.ts'
import { mapBounded } from '../../../lib/map-bounded.ts'
import { RecentValues } from '../../../lib/recent-values.ts'
import { Slots } from '../../../lib/slots.ts'
import {
  dayOf,
  MINUTES_PER_DAY,
  MINUTES_PER_HOUR,
  minuteOf,
  type Series,
  type VideoName,
} from '../../../model/bucket.ts'
import type { Change, ChangeSubscriber } from '../../../stores/changes/changes.ts'
import type { CountReader } from '../../../stores/counts/counts.ts'
import { VIEWER_POINT_MS, type Viewers } from '../../../stores/viewers/viewers.ts'
import { isImportedTo, isVouchedFor } from '../answer/meta.ts'
import type { CountDeps } from '../deps.ts'
import { widened } from '../plan/retention.ts'
import type { MinuteRange } from '../question/vocabulary.ts'
import { oldestOf } from '../read/age.ts'
import { readSlots } from '../read/read-slots.ts'
import { looksOfPass } from './looks-of-pass.ts'

export type LiveCountsDeps = Pick<CountDeps, 'kept' | 'vouched' | 'importing'> & {
  /** Reads the last day or two: must see every row that was stored before the read. */
  readonly recent: CountReader
  /** Reads the time before; may lag behind a correction for some seconds. */
  readonly past: CountReader
  readonly changes: ChangeSubscriber
  readonly viewers: Viewers
  readonly clock: Clock
  readonly progress: () => { readonly asOfMs: number }
  readonly metrics: LiveCountsMetrics
}

export type LiveCountsMetrics = {
  /** A series was read. */
  looked(): void
  /** A series could not be read; it will be retried. */
  failed(): void
}

/** All events of a series from a minute on. */
export type Subject = { readonly series: Series; readonly from: number }

export type LiveCount = {
  readonly count: number
  /** Null if unknown. */
  readonly viewers: number | null
  /** Everything that the log had taken by then is in the count, epoch ms. */
  readonly asOfMs: number
  /** The counts could not be read, or not in full: this is the last known state. */
  readonly stale: boolean
  /** False: counts of its range may be lost, or it begins inside a period of which only the whole is kept. */
  readonly isComplete: boolean
}

export type Listener = (subject: Subject, now: LiveCount) => void

export type Watching = {
  /**
   * Resolves when the first count was sent, even if it is only the last known one; rejects with ProblemError
   * `store-unavailable` if none is known.
   */
  readonly ready: Promise<void>
  leave(): void
}

/** The shortest time between two reads of one series, and so between two messages about it. */
const LOOK_INTERVAL_MS = 250
/** Each series is read again after this time, in case a notification was lost; later where there are very many. */
const LOOK_AGAIN_MS = 5_000
/** The same while no notifications arrive at all. */
const POLL_INTERVAL_MS = 1_000
const LOOKS_IN_FLIGHT_MAX = 16
/** Beside the looks, which do not wait for them. */
const VIEWERS_IN_FLIGHT_MAX = 16
/** How long a new watcher of a known count waits for the store. */
const PATIENCE_MS = 1_000
/** How many counts are remembered after their last watcher has left. */
const LEFT_MAX = 10_000
/** Minutes that can still change live are not older than this. */
const RECENT_MINUTES = MINUTES_PER_HOUR

type Past = {
  readonly to: number
  readonly count: number
  readonly readMs: number
  readonly stale: boolean
  readonly asOfMs: number
  /** See SlotSums. */
  readonly isCut: boolean
  /** See `#isKept`; from before it was read. */
  readonly isKept: boolean
}

const NO_PAST: Past = {
  ...{ to: Number.NaN, count: 0, readMs: 0 },
  ...{ stale: false, asOfMs: Number.POSITIVE_INFINITY, isCut: true, isKept: true },
}

class Watch {
  readonly subject: Subject
  readonly listeners = new Set<Listener>()
  now: LiveCount | null
  isDue = true
  lookedMs = Number.NEGATIVE_INFINITY
  looking: { readonly done: Promise<void>; readonly hasBegun: boolean } | null = null
  /** The count of everything before the start of a day, and when it was read. */
  past = NO_PAST

  constructor(subject: Subject, now: LiveCount | null) {
    this.subject = subject
    this.now = now
  }

  /** Sends a count if it has changed; if it has not, only its time is recorded. */
  found(now: LiveCount): void {
    const { now: before } = this
    this.now = now
    if (before !== null && isSame(before, now)) return
    for (const listener of this.listeners) listener(this.subject, now)
  }
}

type WatchedVideo = {
  /** By type and first minute. */
  readonly watches: Map<string, Watch>
  readonly unfollow: () => void
}

export class LiveCounts {
  readonly #deps: LiveCountsDeps
  /** By tenant and video. */
  readonly #videos = new Map<string, WatchedVideo>()
  readonly #stop = new AbortController()
  readonly #unsubscribe: () => void
  readonly #left = new RecentValues<LiveCount>(LEFT_MAX)
  readonly #slots = new Slots(LOOKS_IN_FLIGHT_MAX)
  #running: Promise<void> | null = null
  #viewersMs = Number.NEGATIVE_INFINITY
  #lookingAtViewers: Promise<void> | null = null

  constructor(deps: LiveCountsDeps) {
    this.#deps = deps
    this.#unsubscribe = deps.changes.subscribe({
      changed: (change) => this.#changed(change),
      gap: (concerns) => {
        for (const watch of this.#watches()) if (concerns(watch.subject.series)) watch.isDue = true
      },
    })
  }

  /** Series that are watched. */
  get size(): number {
    return this.#videos.values().reduce((sum, { watches }) => sum + watches.size, 0)
  }

  /** Sends the current count, and then every change, until the watcher leaves. */
  watch(subject: Subject, listener: Listener): Watching {
    const watch = this.#watchOf(subject)
    watch.listeners.add(listener)
    this.#running ??= this.#run()
    return { ready: this.#sendFirst(watch, listener), leave: () => this.#leave(watch, listener) }
  }

  close(): void {
    this.#unsubscribe()
    this.#stop.abort()
  }

  #watchOf(subject: Subject): Watch {
    const { tenant, videoId, type } = subject.series
    const video = keyOf(tenant, videoId)
    const { watches } = this.#videos.get(video) ?? this.#follow(video, { tenant, videoId })
    const key = keyOf(type, subject.from)
    const watch = watches.get(key) ?? new Watch(subject, this.#left.get(keyOf(video, key)) ?? null)
    watches.set(key, watch)
    return watch
  }

  #follow(key: string, video: VideoName): WatchedVideo {
    const watched = { watches: new Map<string, Watch>(), unfollow: this.#deps.changes.follow(video) }
    this.#videos.set(key, watched)
    return watched
  }

  /** A known count waits for the store only for a limited time. */
  async #sendFirst(watch: Watch, listener: Listener): Promise<void> {
    const { now: known, subject } = watch
    const isLate = watch.isDue && !(await this.#looked(watch, known !== null))
    const { now } = watch
    if (now === null) return
    if (isLate) listener(subject, { ...now, stale: true })
    else if (known !== null && isSame(known, now)) listener(subject, now) // otherwise the read has sent it
  }

  /** False if that takes too long, or fails, for a known count. */
  async #looked(watch: Watch, isKnown: boolean): Promise<boolean> {
    const looked = this.#look(watch).then(() => true)
    if (!isKnown) return looked
    const settled = new AbortController()
    const late = this.#deps.clock.sleep(PATIENCE_MS, settled.signal).then(() => false)
    return Promise.race([looked.catch(() => false), late]).finally(() => settled.abort())
  }

  #leave(watch: Watch, listener: Listener): void {
    watch.listeners.delete(listener)
    if (watch.listeners.size > 0) return
    const { series, from } = watch.subject
    const video = keyOf(series.tenant, series.videoId)
    if (watch.now !== null) this.#left.set(keyOf(video, keyOf(series.type, from)), watch.now, 1)
    const watched = this.#videos.get(video)
    if (watched?.watches.get(keyOf(series.type, from)) !== watch) return
    watched.watches.delete(keyOf(series.type, from))
    if (watched.watches.size > 0) return
    this.#videos.delete(video)
    watched.unfollow()
  }

  #changed({ series }: Change): void {
    if (this.#videos.size === 0) return
    for (const { tenant, videoId, type } of series) {
      const watched = this.#videos.get(keyOf(tenant, videoId))
      if (watched === undefined) continue
      for (const watch of watched.watches.values()) if (watch.subject.series.type === type) watch.isDue = true
    }
  }

  /** Runs while anything is watched. */
  async #run(): Promise<void> {
    const { clock } = this.#deps
    do {
      await clock.sleep(LOOK_INTERVAL_MS, this.#stop.signal)
      const due = this.#watches().filter((watch) => this.#isDue(watch))
      await Promise.all(looksOfPass(due).map((watch) => this.#look(watch).catch(() => {})))
      if (clock.nowMs() - this.#viewersMs >= VIEWER_POINT_MS) this.#lookingAtViewers ??= this.#lookAtViewers()
    } while (this.#videos.size > 0 && !this.#stop.signal.aborted)
    this.#running = null
  }

  #isDue({ isDue, lookedMs, now, subject }: Watch): boolean {
    const againMs = this.#deps.changes.isListening(subject.series) ? LOOK_AGAIN_MS : POLL_INTERVAL_MS
    return isDue || now === null || this.#deps.clock.nowMs() - lookedMs >= againMs
  }

  /** Callers share a read, unless it began before the latest notification. */
  async #look(watch: Watch): Promise<void> {
    while (watch.looking?.hasBegun && watch.isDue) await watch.looking.done.catch(() => {})
    if (watch.looking === null) {
      const looking = { hasBegun: false, done: Promise.resolve() }
      watch.looking = looking
      const read = () => {
        looking.hasBegun = true
        return this.#read(watch)
      }
      looking.done = this.#slots.use(read).finally(() => {
        watch.looking = null
      })
    }
    return watch.looking.done
  }

  async #read(watch: Watch): Promise<void> {
    const { clock, progress, metrics } = this.#deps
    watch.isDue = false // before the read: rows that are stored from here on will be notified again
    watch.lookedMs = clock.nowMs()
    const { asOfMs } = progress()
    try {
      const counted = await this.#count(watch)
      const viewers = watch.now === null ? await this.#viewersOf(watch.subject) : watch.now.viewers
      metrics.looked()
      watch.found({ ...counted, viewers, asOfMs: Math.min(asOfMs, counted.asOfMs) })
    } catch (error) {
      watch.isDue = true
      metrics.failed()
      if (watch.now !== null) watch.found({ ...watch.now, stale: true })
      throw error
    }
  }

  async #count(watch: Watch): Promise<Omit<LiveCount, 'viewers'>> {
    const { recent, clock } = this.#deps
    const { series, from } = watch.subject
    const minute = minuteOf(clock.nowMs())
    const start = Math.max(from, dayOf(minute - RECENT_MINUTES))
    // Events may be a little ahead of time, and so in the next day. The sum of a day is one row if the store adds
    // days up.
    const end = Math.max(start, dayOf(minute) + 2 * MINUTES_PER_DAY)
    const isKept = this.#isKept({ from, to: end })
    const reading = await readSlots(recent, series, [{ from: start, to: end }])
    const past = await this.#pastCount(watch, start, isKept)
    const count = reading.sums[0]!.count + past.count
    const { stale, asOfMs } = oldestOf([reading, past])
    const isComplete = isKept && past.isKept && past.isCut && reading.uncutTo === null
    // A read that may miss writes never lowers a count that was sent.
    return { count: stale ? Math.max(count, watch.now?.count ?? 0) : count, stale, asOfMs, isComplete }
  }

  async #pastCount(watch: Watch, to: number, isKept: boolean): Promise<Past> {
    const { past: reader, clock } = this.#deps
    const { subject, past } = watch
    const nowMs = clock.nowMs()
    if (past.to === to && Math.abs(nowMs - past.readMs) < LOOK_AGAIN_MS) return past
    const { sums, uncutTo, ...age } = await readSlots(reader, subject.series, [{ from: subject.from, to }])
    watch.past = { to, count: sums[0]!.count, readMs: nowMs, ...age, isCut: uncutTo === null, isKept }
    return watch.past
  }

  /**
   * Whether nothing of it is known to be lost or not counted yet, and what is stored can be cut where it begins. To be
   * asked before the counts are read: what is read may be older than a recount that becomes known meanwhile.
   */
  #isKept(range: MinuteRange): boolean {
    const { kept, vouched, importing, clock } = this.#deps
    const toNow = { from: range.from, to: minuteOf(clock.nowMs()) + 1 }
    if (isImportedTo(toNow, importing?.() ?? null)) return false
    return widened(range, kept()).from === range.from && isVouchedFor(toNow, vouched?.() ?? null)
  }

  async #lookAtViewers(): Promise<void> {
    this.#viewersMs = this.#deps.clock.nowMs()
    await mapBounded([...this.#videos.values()], VIEWERS_IN_FLIGHT_MAX, async ({ watches }) => {
      const [first] = watches.values()
      if (first === undefined) return // all have left meanwhile
      const viewers = await this.#viewersOf(first.subject)
      for (const watch of watches.values()) if (watch.now !== null) watch.found({ ...watch.now, viewers })
    })
    this.#lookingAtViewers = null
  }

  #viewersOf({ series: { tenant, videoId } }: Subject): Promise<number | null> {
    return this.#deps.viewers.count(tenant, videoId).catch(() => null)
  }

  #watches(): Watch[] {
    return this.#videos
      .values()
      .flatMap(({ watches }) => watches.values())
      .toArray()
  }
}

/** Ids and types hold no control characters. */
function keyOf(first: string, second: string | number): string {
  return `${first}\t${second}`
}

function isSame(a: LiveCount, b: LiveCount): boolean {
  const isLike = a.stale === b.stale && a.isComplete === b.isComplete
  return isLike && a.count === b.count && a.viewers === b.viewers
}
