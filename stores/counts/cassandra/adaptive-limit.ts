// Limits how many requests a store gets at once: more while it answers quickly, fewer when it is slow or reports
// overload (additive increase, multiplicative decrease: Jacobson, "Congestion Avoidance and Control", 1988).

export type LimitBounds = {
  readonly least: number
  readonly first: number
  readonly most: number
  /** An answer that takes longer makes the limit shrink. */
  readonly latencyMaxMs: number
}

const SHRINK = 0.7

export class AdaptiveLimit {
  readonly #bounds: LimitBounds
  readonly #nowMs: () => number
  readonly #isOverload: (error: unknown) => boolean
  /** Those before `#next` have had their turn. */
  #waiting: (() => void)[] = []
  #next = 0
  #limit: number
  #inFlight = 0
  #shrunkAtMs = Number.NEGATIVE_INFINITY

  constructor(bounds: LimitBounds, nowMs: () => number, isOverload: (error: unknown) => boolean) {
    this.#bounds = bounds
    this.#nowMs = nowMs
    this.#isOverload = isOverload
    this.#limit = bounds.first
  }

  /** How many requests may be in flight now. */
  get limit(): number {
    return Math.floor(this.#limit)
  }

  /** Runs the request when its turn comes, in order of arrival; passes on how it ends. */
  async run<T>(request: () => Promise<T>): Promise<T> {
    if (this.#inFlight >= this.limit) await new Promise<void>((start) => this.#waiting.push(start))
    else this.#inFlight++
    const startedMs = this.#nowMs()
    try {
      const result = await request()
      this.#learn(startedMs, this.#nowMs() - startedMs > this.#bounds.latencyMaxMs)
      return result
    } catch (error) {
      if (this.#isOverload(error)) this.#learn(startedMs, true)
      throw error
    } finally {
      this.#inFlight--
      this.#startWaiting()
    }
  }

  /** Of the requests that were in flight together, only one makes the limit shrink: they report the same overload. */
  #learn(startedMs: number, isSlow: boolean): void {
    const { least, most } = this.#bounds
    if (!isSlow) this.#limit = Math.min(most, this.#limit + 1 / this.#limit)
    else if (startedMs >= this.#shrunkAtMs) {
      this.#limit = Math.max(least, this.#limit * SHRINK)
      this.#shrunkAtMs = this.#nowMs()
    }
  }

  #startWaiting(): void {
    while (this.#inFlight < this.limit && this.#next < this.#waiting.length) {
      this.#inFlight++
      this.#waiting[this.#next++]!()
    }
    if (this.#next < this.#waiting.length) return
    this.#waiting = []
    this.#next = 0
  }
}
