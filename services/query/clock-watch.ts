// Whether the clock stands behind the log. Log time never goes back: where the clock is put back, what is accepted from
// then on has log times that stand still, and may be late by them, so that `asOf` tells nothing of it. Until the clock
// has caught up, and after a large step until what came meanwhile is recounted, no answer that ends after the step
// is complete.

import type { Clock } from '../../lib/clock.ts'
import { MINUTE_MS } from '../../model/bucket.ts'
import type { Coverage } from '../../model/coverage.ts'
import type { Vouched } from './deps.ts'

export type ClockWatchDeps = {
  readonly nowMs: () => number
  /** Up to when all that the log took is counted, by the log. */
  readonly asOfMs: () => number
  readonly coverage: () => Coverage | null
  /** How far the clocks of machines may differ; 0 where there is one. */
  readonly skewMs: number
  /** Told once a step. */
  readonly onBehind: (behindMs: number) => void
}

/** A step from which on events that came in time by the clock may be late by the log. */
const SMALL_STEP_MS = 60_000

export class ClockWatch {
  readonly #deps: ClockWatchDeps
  /** Answers that end after it are not complete; null where nothing is known to be wrong. */
  #doubtFromMs: number | null = null
  /** What the log had shown when it stood ahead: minutes up to it are to be recounted. */
  #aheadToMs = 0
  #isLarge = false
  #hasLooked = false
  #steps = 0

  constructor(deps: ClockWatchDeps) {
    this.#deps = deps
  }

  /** How often the clock was found behind. */
  get steps(): number {
    return this.#steps
  }

  /** How far the clock stands behind the log now; 0 where it does not. */
  get behindMs(): number {
    const { asOfMs, nowMs, skewMs } = this.#deps
    const behindMs = asOfMs() - nowMs()
    return behindMs > skewMs ? behindMs : 0
  }

  /** Looks again every `intervalMs` until aborted: a step back is told whether or not anybody asks. */
  async follow(clock: Pick<Clock, 'sleep'>, intervalMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.look()
      await clock.sleep(intervalMs, signal)
    }
  }

  /** What answers may call complete now; null for all. */
  look(): Vouched | null {
    const behindMs = this.behindMs
    if (behindMs > 0) this.#noteBehind(behindMs)
    else if (this.#isOver()) this.#doubtFromMs = null
    this.#hasLooked = true
    if (this.#doubtFromMs === null) return null
    return { fromMinute: Number.NEGATIVE_INFINITY, toMs: this.#doubtFromMs }
  }

  #noteBehind(behindMs: number): void {
    const { nowMs, asOfMs, onBehind } = this.#deps
    if (this.#doubtFromMs === null) {
      // Where it was so from the start, nobody knows since when.
      this.#doubtFromMs = this.#hasLooked ? nowMs() : 0
      this.#isLarge = false
      this.#steps++
      onBehind(behindMs)
    }
    this.#doubtFromMs = Math.min(this.#doubtFromMs, nowMs())
    this.#isLarge ||= behindMs > SMALL_STEP_MS
    this.#aheadToMs = asOfMs()
  }

  #isOver(): boolean {
    const { coverage } = this.#deps
    return !this.#isLarge || (coverage()?.toMinute ?? 0) * MINUTE_MS > this.#aheadToMs
  }
}
