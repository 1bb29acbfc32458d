// Since when calls have failed without a success in between. It tells a bad moment from a lasting trouble.
import type { Clock } from './clock.ts'

export type Failures = { readonly sinceMs: number; readonly lastMs: number }

export class Failing {
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #isFailure: (error: unknown) => boolean
  #failures: Failures | null = null

  /** Errors that are no failures change nothing. */
  constructor(clock: Pick<Clock, 'nowMs'>, isFailure: (error: unknown) => boolean = () => true) {
    this.#clock = clock
    this.#isFailure = isFailure
  }

  /** Null if the last call succeeded, or none was made. */
  get failures(): Failures | null {
    return this.#failures
  }

  /** Resolves and rejects as the call does. */
  async watch<T>(call: Promise<T>): Promise<T> {
    try {
      const value = await call
      this.#failures = null
      return value
    } catch (error) {
      if (this.#isFailure(error)) this.#failed(this.#clock.nowMs())
      throw error
    }
  }

  #failed(nowMs: number): void {
    this.#failures = { sinceMs: this.#failures?.sinceMs ?? nowMs, lastMs: nowMs }
  }
}
