// Watches whether the clock is behind the log. Log time never goes back: after the clock is set back, newly accepted
// events get log times that stand still and may be late by them, and `asOf` does not show it. Until the clock has
// caught up, and after a large step until the events of that time are recounted, no answer that ends after the step
// is complete.

import type { Clock } from '../../../lib/clock.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { Coverage } from '../../../model/coverage.ts'
import type { Vouched } from '../deps.ts'

export type ClockWatchDeps = {
  readonly nowMs: () => number
  /** Up to which log time everything that the log took is counted. */
  readonly asOfMs: () => number
  readonly coverage: () => Coverage | null
  /** How far the clocks of machines may differ; 0 if there is only one. */
  readonly skewMs: number
  /** Called once for each step. */
  readonly onBehind: (behindMs: number) => void
}

/** The least step that can make events late by log time although they are on time by the clock. */
const SMALL_STEP_MS = 60_000

export class ClockWatch {
  readonly #deps: ClockWatchDeps
  /** Answers that end after it are not complete; null if no problem is known. */
  #doubtFromMs: number | null = null
  /** The log time when the log was ahead: minutes up to it must be recounted. */
  #aheadToMs = 0
  #isLarge = false
  /** See `#latestMs`. */
  #latestAsOfMs = Number.NEGATIVE_INFINITY
  #hasLooked = false
  #steps = 0

  constructor(deps: ClockWatchDeps) {
    this.#deps = deps
  }

  /** How often the clock was behind. */
  get steps(): number {
    return this.#steps
  }

  /** How far the clock is behind the log now; 0 if it is not. */
  get behindMs(): number {
    const { nowMs, skewMs } = this.#deps
    const behindMs = this.#latestMs() - nowMs()
    return behindMs > skewMs ? behindMs : 0
  }

  /** Checks every `intervalMs` until aborted, so that a step back is reported even without queries. */
  async follow(clock: Pick<Clock, 'sleep'>, intervalMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.look()
      await clock.sleep(intervalMs, signal)
    }
  }

  /** The range in which answers may be complete now; null for no restriction. */
  look(): Vouched | null {
    const behindMs = this.behindMs
    if (behindMs > 0) this.#noteBehind(behindMs)
    else if (this.#isOver()) this.#doubtFromMs = null
    this.#hasLooked = true
    if (this.#doubtFromMs === null) return null
    return { fromMinute: Number.NEGATIVE_INFINITY, toMs: this.#doubtFromMs }
  }

  #noteBehind(behindMs: number): void {
    const { nowMs, onBehind } = this.#deps
    if (this.#doubtFromMs === null) {
      // If it was behind from the start, the time of the step is unknown.
      this.#doubtFromMs = this.#hasLooked ? nowMs() : 0
      this.#isLarge = false
      this.#steps++
      onBehind(behindMs)
    }
    this.#doubtFromMs = Math.min(this.#doubtFromMs, nowMs())
    this.#isLarge ||= behindMs > SMALL_STEP_MS
    this.#aheadToMs = this.#latestMs()
  }

  /** The log has come at least so far: `asOfMs` may go back with the clock. */
  #latestMs(): number {
    this.#latestAsOfMs = Math.max(this.#latestAsOfMs, this.#deps.asOfMs())
    return this.#latestAsOfMs
  }

  #isOver(): boolean {
    const { coverage } = this.#deps
    return !this.#isLarge || (coverage()?.toMinute ?? 0) * MINUTE_MS > this.#aheadToMs
  }
}
