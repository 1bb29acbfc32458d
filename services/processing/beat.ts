// When the sources of a process seal: all at the same moments, so that the store can write what is of one partition
// together. Processes that start at different times have different ones.

/** A timer that fires so early is one of this beat; sealing twice in a row would part what belongs together. */
const EARLY = 0.1

export class Beat {
  readonly #fromMs: number
  readonly #intervalMs: number

  constructor(fromMs: number, intervalMs: number) {
    this.#fromMs = fromMs
    this.#intervalMs = intervalMs
  }

  /** How long it is from then to the next moment. */
  untilNextMs(nowMs: number): number {
    const interval = this.#intervalMs
    const passed = (nowMs - this.#fromMs) % interval
    const left = passed > 0 ? interval - passed : -passed
    return left <= interval * EARLY ? left + interval : left
  }
}
