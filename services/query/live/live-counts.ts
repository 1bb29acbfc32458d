// The counts that somebody watches, kept up to date: each is read once a change, however many watch it, and at most so
// often. News only says when to look; what is told is always read from the counts. Where news does not come, or may
// have been missed, everything is looked at again. Knows no HTTP.

import type { Clock } from '../../../lib/clock.ts'
import { RecentValues } from '../../../lib/recent-values.ts'
import { Slots } from '../../../lib/slots.ts'
import { dayOf, MINUTES_PER_DAY, MINUTES_PER_HOUR, minuteOf, type Series } from '../../../model/bucket.ts'
import type { Change, ChangeSubscriber } from '../../../stores/changes/changes.ts'
import type { CountReader } from '../../../stores/counts/counts.ts'
import { VIEWER_POINT_MS, type Viewers } from '../../../stores/viewers/viewers.ts'
import { oldestOf } from '../age.ts'
import { readSlots } from '../read-slots.ts'

export type LiveCountsDeps = {
  /** Of the last day or two: must see every row that was stored before it is asked. */
  readonly recent: CountReader
  /** Of the time before; may lag behind a correction for some seconds. */
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
  /** It could not be; it will be tried again. */
  failed(): void
}

/** All events of a series from a minute on. */
export type Subject = { readonly series: Series; readonly from: number }

export type LiveCount = {
  readonly count: number
  /** Null where nobody can tell. */
  readonly viewers: number | null
  /** Everything that the log had taken by then is in the count, epoch ms. */
  readonly asOfMs: number
  /** The counts could not be read, or not in full: this is what was last known of them. */
  readonly stale: boolean
}

export type Tell = (subject: Subject, now: LiveCount) => void

export type Watching = {
  /**
   * Resolves when the count was told first, be it as it was last known; rejected with ProblemError
   * `store-unavailable` where nothing is known.
   */
  readonly told: Promise<void>
  leave(): void
}

/** The shortest time between two looks at one series, and so between two messages about it. */
const LOOK_INTERVAL_MS = 250
/** Each series is looked at again after this, in case news of it was lost. */
const LOOK_AGAIN_MS = 5_000
/** The same while no news comes at all. */
const POLL_INTERVAL_MS = 1_000
const LOOKS_IN_FLIGHT_MAX = 16
/** For so long a new watcher of a known count waits for the store. */
const PATIENCE_MS = 1_000
/** Counts that nobody watches any more and that are remembered. */
const LEFT_MAX = 10_000
/** Minutes that can still change live lie no further back. */
const RECENT_MINUTES = MINUTES_PER_HOUR

type Past = { to: number; count: number; readMs: number; stale: boolean; asOfMs: number }

class Watch {
  readonly subject: Subject
  readonly tells = new Set<Tell>()
  now: LiveCount | null
  isDue = true
  lookedMs = Number.NEGATIVE_INFINITY
  looking: { readonly done: Promise<void>; readonly hasBegun: boolean } | null = null
  /** The count of everything before a day's start, since when it is known. */
  past: Past = { to: Number.NaN, count: 0, readMs: 0, stale: false, asOfMs: Number.POSITIVE_INFINITY }

  constructor(subject: Subject, now: LiveCount | null) {
    this.subject = subject
    this.now = now
  }

  /** Tells of it where it is news; that a count is still what it was is noted only. */
  found(now: LiveCount): void {
    const { now: before } = this
    this.now = now
    if (before !== null && isSame(before, now)) return
    for (const tell of this.tells) tell(this.subject, now)
  }
}

export class LiveCounts {
  readonly #deps: LiveCountsDeps
  /** By tenant and video, then by type and first minute. */
  readonly #videos = new Map<string, Map<string, Watch>>()
  readonly #stop = new AbortController()
  readonly #unsubscribe: () => void
  readonly #left = new RecentValues<LiveCount>(LEFT_MAX)
  readonly #slots = new Slots(LOOKS_IN_FLIGHT_MAX)
  #running: Promise<void> | null = null
  #viewersMs = Number.NEGATIVE_INFINITY

  constructor(deps: LiveCountsDeps) {
    this.#deps = deps
    this.#unsubscribe = deps.changes.subscribe({
      changed: (change) => this.#changed(change),
      gap: () => {
        for (const watch of this.#watches()) watch.isDue = true
      },
    })
  }

  /** Series that are watched. */
  get size(): number {
    return this.#videos.values().reduce((sum, watches) => sum + watches.size, 0)
  }

  /** Tells the count as it is, and from then on whenever it changes, until it is left. */
  watch(subject: Subject, tell: Tell): Watching {
    const watch = this.#watchOf(subject)
    watch.tells.add(tell)
    this.#running ??= this.#run()
    return { told: this.#tellFirst(watch, tell), leave: () => this.#leave(watch, tell) }
  }

  close(): void {
    this.#unsubscribe()
    this.#stop.abort()
  }

  #watchOf(subject: Subject): Watch {
    const { tenant, videoId, type } = subject.series
    const video = keyOf(tenant, videoId)
    const watches = this.#videos.get(video) ?? new Map<string, Watch>()
    this.#videos.set(video, watches)
    const key = keyOf(type, subject.from)
    const watch = watches.get(key) ?? new Watch(subject, this.#left.get(keyOf(video, key)) ?? null)
    watches.set(key, watch)
    return watch
  }

  /** A count that is known waits for the store only so long. */
  async #tellFirst(watch: Watch, tell: Tell): Promise<void> {
    const { now: known, subject } = watch
    const isLate = watch.isDue && !(await this.#looked(watch, known !== null))
    const { now } = watch
    if (now === null) return
    if (isLate) tell(subject, { ...now, stale: true })
    else if (known !== null && isSame(known, now)) tell(subject, now) // else the look has told
  }

  /** False where that takes too long, or fails, for a count that is known. */
  async #looked(watch: Watch, isKnown: boolean): Promise<boolean> {
    const looked = this.#look(watch).then(() => true)
    if (!isKnown) return looked
    const settled = new AbortController()
    const late = this.#deps.clock.sleep(PATIENCE_MS, settled.signal).then(() => false)
    return Promise.race([looked.catch(() => false), late]).finally(() => settled.abort())
  }

  #leave(watch: Watch, tell: Tell): void {
    watch.tells.delete(tell)
    if (watch.tells.size > 0) return
    const { series, from } = watch.subject
    const video = keyOf(series.tenant, series.videoId)
    if (watch.now !== null) this.#left.set(keyOf(video, keyOf(series.type, from)), watch.now, 1)
    const watches = this.#videos.get(video)
    if (watches?.get(keyOf(series.type, from)) === watch) watches.delete(keyOf(series.type, from))
    if (watches?.size === 0) this.#videos.delete(video)
  }

  #changed({ series }: Change): void {
    if (this.#videos.size === 0) return
    for (const { tenant, videoId, type } of series) {
      const watches = this.#videos.get(keyOf(tenant, videoId))
      if (watches === undefined) continue
      for (const watch of watches.values()) if (watch.subject.series.type === type) watch.isDue = true
    }
  }

  /** Goes on while anything is watched. */
  async #run(): Promise<void> {
    const { clock } = this.#deps
    do {
      await clock.sleep(LOOK_INTERVAL_MS, this.#stop.signal)
      const due = this.#watches().filter((watch) => this.#isDue(watch))
      await Promise.all(due.map((watch) => this.#look(watch).catch(() => {})))
      if (clock.nowMs() - this.#viewersMs >= VIEWER_POINT_MS) await this.#lookAtViewers()
    } while (this.#videos.size > 0 && !this.#stop.signal.aborted)
    this.#running = null
  }

  #isDue({ isDue, lookedMs, now }: Watch): boolean {
    const againMs = this.#deps.changes.isListening() ? LOOK_AGAIN_MS : POLL_INTERVAL_MS
    return isDue || now === null || this.#deps.clock.nowMs() - lookedMs >= againMs
  }

  /** Those who want the same look share it, but for one that began before the latest news. */
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
    watch.isDue = false // before it is read: what is stored from here on is news again
    watch.lookedMs = clock.nowMs()
    const { asOfMs } = progress()
    try {
      const viewers = watch.now === null ? await this.#viewersOf(watch.subject) : watch.now.viewers
      const counted = await this.#count(watch)
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
    // Events may be a little ahead of time, and so of the day. The sum of a day is one row where days are added up.
    const end = Math.max(start, dayOf(minute) + 2 * MINUTES_PER_DAY)
    const reading = await readSlots(recent, series, [{ from: start, to: end }])
    const past = await this.#pastCount(watch, start)
    const count = reading.sums[0]!.count + past.count
    const { stale, asOfMs } = oldestOf([reading, past])
    // What misses writes takes nothing back that was told.
    return { count: stale ? Math.max(count, watch.now?.count ?? 0) : count, stale, asOfMs }
  }

  async #pastCount({ subject, past }: Watch, to: number): Promise<Past> {
    const { past: reader, clock } = this.#deps
    const nowMs = clock.nowMs()
    if (past.to === to && nowMs - past.readMs < LOOK_AGAIN_MS) return past
    const { sums, stale, asOfMs } = await readSlots(reader, subject.series, [{ from: subject.from, to }])
    return Object.assign(past, { to, count: sums[0]!.count, readMs: nowMs, stale, asOfMs })
  }

  async #lookAtViewers(): Promise<void> {
    this.#viewersMs = this.#deps.clock.nowMs()
    const looks = this.#videos.values().map(async (watches) => {
      const [first] = watches.values()
      const viewers = await this.#slots.use(() => this.#viewersOf(first!.subject))
      for (const watch of watches.values()) if (watch.now !== null) watch.found({ ...watch.now, viewers })
    })
    await Promise.all(looks)
  }

  #viewersOf({ series: { tenant, videoId } }: Subject): Promise<number | null> {
    return this.#deps.viewers.count(tenant, videoId).catch(() => null)
  }

  #watches(): Watch[] {
    return this.#videos
      .values()
      .flatMap((watches) => watches.values())
      .toArray()
  }
}

/** Ids and types hold no control characters. */
function keyOf(first: string, second: string | number): string {
  return `${first}\t${second}`
}

function isSame(a: LiveCount, b: LiveCount): boolean {
  return a.count === b.count && a.viewers === b.viewers && a.stale === b.stale
}
