// A reader of counts with two caches: one within the process, one shared by processes. Neither makes an answer wrong:
//
// - A range is closed once counting has passed its end by the horizon plus the difference of clocks: from then on its
//   events are late, and only the batch layer can change its sums. It is kept until it expires or is forgotten.
// - Any other answer is used only as long as it holds everything up to the `asOf` of the answer, and up to where it
//   is called complete: until counting advances, or a partitioner is heard again.
// - An answer that was read when the clock of its process was ahead is not used once that shows.
// - A stale answer is never cached, and a cache that fails or is slow is skipped.
// - If the counts fail, the last known answer of this process is used for a while, as stale.
//
// Code that changes closed ranges calls `forget` (forget.ts) before it reports the change, or `forgetAll` if there is
// only one process.

import type { Clock } from '../../../lib/clock.ts'
import { RecentValues } from '../../../lib/recent-values.ts'
import { MINUTE_MS, type Series } from '../../../model/bucket.ts'
import type { SharedCache } from '../../../stores/cache/cache.ts'
import type { CountReader, Period, PeriodRange } from '../../../stores/counts/counts.ts'
import type { Reached } from '../../../stores/log/progress.ts'
import {
  type AnswerForm,
  decodeAnswer,
  encodeAnswer,
  FIRST_MINUTE,
  FORMAT,
  type KeptAnswer,
  PERIODS,
  TYPES,
} from '../kept/kept-answer.ts'
import { groupOf } from './forget.ts'

export type CacheSettings = {
  /** L: how old an event may be, by log time, and still be counted live. */
  readonly horizonMs: number
  /** How far the clocks of the log's servers and of processing may differ. */
  readonly clockSlackMs: number
  /** At most `localTtlMs`. */
  readonly openTtlMs: number
  readonly closedTtlMs: number
  /** How long a closed range is used within the process before the shared cache is asked again. */
  readonly localTtlMs: number
  /** How long the last known answer replaces counts that cannot be read. */
  readonly lastKnownTtlMs: number
  /** Rows that the process caches. */
  readonly localRowsMax: number
  /** A larger answer is not shared. */
  readonly sharedBytesMax: number
}

export const CACHE_SETTINGS: CacheSettings = {
  horizonMs: 10 * MINUTE_MS,
  clockSlackMs: 60_000,
  openTtlMs: 1_000,
  closedTtlMs: 10 * MINUTE_MS,
  localTtlMs: 5_000,
  lastKnownTtlMs: 10 * MINUTE_MS,
  localRowsMax: 500_000,
  sharedBytesMax: 512 << 10,
}

export type CacheMetrics = {
  /** Where an answer came from: this process, the shared cache, the counts, or the last known answer. */
  answered(by: 'process' | 'shared' | 'counts' | 'last-known'): void
  /** The shared cache could not be read or written. */
  failed(): void
}

export type CachedReaderDeps = {
  readonly counts: CountReader
  /** Null if there is none: then each process has only its own cache. */
  readonly shared: SharedCache | null
  readonly clock: Pick<Clock, 'nowMs'>
  readonly random: () => number
  /** Without `sureToMs` nothing acknowledged can wait outside the log. */
  readonly progress: () => Pick<Reached, 'asOfMs'> & Partial<Reached>
  readonly metrics: CacheMetrics
}

type Question<T> = {
  readonly group: string
  readonly key: string
  readonly form: AnswerForm<T>
  /** The answer cannot change any more once counting has reached this time, epoch ms. */
  readonly closedFromMs: number
  readonly ask: () => Promise<{ readonly answer: T; readonly stale: boolean }>
}

type Found<T> = KeptAnswer<T> & { readonly stale: boolean }
const NOTHING: Reached = { asOfMs: Number.NEGATIVE_INFINITY, sureToMs: Number.NEGATIVE_INFINITY }
type Flight = Reached & { readonly askedMs: number; readonly found: Promise<Found<unknown>> }

export class CachedReader implements CountReader {
  readonly #deps: CachedReaderDeps
  readonly #settings: CacheSettings
  readonly #recent: RecentValues<KeptAnswer<unknown>>
  /** Reads in flight, at most one for each answer. */
  readonly #flights = new Map<string, Flight>()
  #reached = NOTHING
  /** A part of every cache key: changing it invalidates everything that is cached. */
  #generation = 0

  constructor(deps: CachedReaderDeps, settings: CacheSettings = CACHE_SETTINGS) {
    this.#deps = deps
    this.#settings = settings
    this.#recent = new RecentValues(settings.localRowsMax)
  }

  /** From now on this process uses no earlier answer, nor one that is still being read. */
  forgetAll(): void {
    this.#generation++
  }

  async read(series: Series, range: PeriodRange) {
    const { resolution, from, to } = range
    const question: Question<readonly Period[]> = {
      group: groupOf(series),
      key: `${FORMAT}:${series.type}:${resolution}:${from}:${to}`,
      form: PERIODS,
      closedFromMs: to * MINUTE_MS + this.#settings.horizonMs + this.#settings.clockSlackMs,
      ask: async () => {
        const { periods, stale } = await this.#deps.counts.read(series, range)
        return { answer: periods, stale }
      },
    }
    const found = await this.#answer(question).catch((error) => this.#lastKnown(question, error))
    const { answer: periods, stale, asOfMs } = found
    return { periods, stale, ...(stale && { asOfMs }) }
  }

  async types(tenant: string, videoId: string) {
    const { answer } = await this.#answer({
      group: groupOf({ tenant, videoId }),
      key: `${FORMAT}:types`,
      form: TYPES,
      closedFromMs: Number.POSITIVE_INFINITY,
      ask: async () => ({ answer: await this.#deps.counts.types(tenant, videoId), stale: false }),
    })
    return answer
  }

  async firstMinute(series: Series) {
    const { answer } = await this.#answer({
      group: groupOf(series),
      key: `${FORMAT}:${series.type}:first`,
      form: FIRST_MINUTE,
      closedFromMs: Number.POSITIVE_INFINITY,
      ask: async () => ({ answer: await this.#deps.counts.firstMinute(series), stale: false }),
    })
    return answer
  }

  async #answer<T>(question: Question<T>): Promise<Found<T>> {
    const id = this.#idOf(question)
    const nowMs = this.#deps.clock.nowMs()
    const reached = this.#progress(nowMs)
    const kept = this.#recent.get(id) as KeptAnswer<T> | undefined
    if (
      kept !== undefined &&
      this.#holds(question.closedFromMs, kept, reached, nowMs, this.#settings.localTtlMs)
    ) {
      this.#deps.metrics.answered('process')
      return { ...kept, stale: false }
    }
    const flying = this.#flights.get(id)
    if (
      flying !== undefined &&
      this.#holds(question.closedFromMs, flying, reached, nowMs, this.#settings.localTtlMs)
    ) {
      return flying.found as Promise<Found<T>>
    }
    const flight = { ...reached, askedMs: nowMs, found: this.#find(id, question, nowMs, reached) }
    this.#flights.set(id, flight)
    try {
      return await flight.found
    } finally {
      if (this.#flights.get(id) === flight) this.#flights.delete(id)
    }
  }

  /** Throws the error if no recent enough answer is known. */
  #lastKnown<T>(question: Question<T>, error: unknown): Found<T> {
    const kept = this.#recent.get(this.#idOf(question)) as KeptAnswer<T> | undefined
    const ageMs = kept === undefined ? Number.POSITIVE_INFINITY : this.#deps.clock.nowMs() - kept.askedMs
    if (kept === undefined || ageMs > this.#settings.lastKnownTtlMs) throw error
    this.#deps.metrics.answered('last-known')
    return { ...kept, stale: true }
  }

  #idOf({ group, key }: Pick<Question<unknown>, 'group' | 'key'>): string {
    return `${this.#generation}\n${group}\n${key}`
  }

  /** What has been counted stays counted, even if its source has moved to another owner since. */
  #progress(nowMs: number): Reached {
    const { asOfMs, sureToMs = asOfMs } = this.#deps.progress()
    const before = this.#reached.asOfMs > nowMs ? NOTHING : this.#reached // then the clock was set back
    this.#reached = {
      asOfMs: Math.max(before.asOfMs, asOfMs),
      sureToMs: Math.max(before.sureToMs, sureToMs),
    }
    return this.#reached
  }

  /** Whether an answer that was read then may be used now. */
  #holds(
    closedFromMs: number,
    then: Reached & { readonly askedMs: number },
    now: Reached,
    nowMs: number,
    closedTtlMs: number,
  ): boolean {
    // By a clock that was ahead it would be called closed too early.
    if (then.asOfMs > nowMs + this.#settings.clockSlackMs) return false
    const isClosed = then.asOfMs >= closedFromMs
    const ageMs = Math.abs(nowMs - then.askedMs)
    if (isClosed) return ageMs < closedTtlMs
    return ageMs < this.#settings.openTtlMs && then.asOfMs >= now.asOfMs && then.sureToMs >= now.sureToMs
  }

  async #find<T>(id: string, question: Question<T>, nowMs: number, reached: Reached): Promise<Found<T>> {
    const { clock, metrics } = this.#deps
    const shared = await this.#readShared(question)
    if (shared.kept !== null && this.#isFresh(question, shared.kept, reached, nowMs)) {
      metrics.answered('shared')
      const isClosed = shared.kept.asOfMs >= question.closedFromMs
      const kept = isClosed ? { ...shared.kept, askedMs: nowMs } : shared.kept
      this.#keep(id, question, kept)
      return { ...kept, stale: false }
    }
    const startMs = clock.nowMs()
    const { answer, stale } = await question.ask()
    const found = { ...reached, answer, stale, askedMs: nowMs, tookMs: clock.nowMs() - startMs }
    metrics.answered('counts')
    if (!stale) {
      this.#keep(id, question, found)
      if (shared.mark !== null) this.#share(question, shared.mark, found)
    }
    return found
  }

  #keep<T>(id: string, { form }: Question<T>, kept: KeptAnswer<T>): void {
    const { answer, asOfMs, sureToMs, askedMs, tookMs } = kept
    this.#recent.set(id, { answer, asOfMs, sureToMs, askedMs, tookMs }, form.weightOf(answer))
  }

  async #readShared<T>({ group, key, form }: Question<T>) {
    const { shared, metrics } = this.#deps
    if (shared === null) return { mark: null, kept: null }
    try {
      const { mark, value } = await shared.read(group, key)
      return { mark, kept: value === null ? null : decodeAnswer(form, value) }
    } catch {
      metrics.failed()
      return { mark: null, kept: null }
    }
  }

  /**
   * Whether to use a shared answer. As a closed one nears its expiry, some process treats it as expired a little
   * early and renews it, so that they do not all ask the counts at once (Vattani and others, "Optimal Probabilistic
   * Cache Stampede Prevention", 2015).
   */
  #isFresh<T>(question: Question<T>, kept: KeptAnswer<T>, reached: Reached, nowMs: number): boolean {
    const earlyMs = -kept.tookMs * Math.log(1 - this.#deps.random())
    return this.#holds(question.closedFromMs, kept, reached, nowMs, this.#settings.closedTtlMs - earlyMs)
  }

  #share<T>({ group, key, form, closedFromMs }: Question<T>, mark: string, found: KeptAnswer<T>): void {
    const { openTtlMs, closedTtlMs, sharedBytesMax } = this.#settings
    const bytes = encodeAnswer(form, found)
    if (bytes.length > sharedBytesMax) return
    const ttlMs = found.asOfMs >= closedFromMs ? closedTtlMs : openTtlMs
    this.#deps.shared?.write(group, key, mark, bytes, ttlMs).catch(() => this.#deps.metrics.failed())
  }
}
