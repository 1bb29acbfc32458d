// What is built when it is first asked for, once. A failure is kept for some seconds: whoever asks again and again does
// not have the work repeated each time.
import type { Clock } from '../../lib/clock.ts'

export const FAILURE_KEPT_MS = 10_000

export class BuiltOnce<T extends object> {
  readonly #build: () => Promise<T>
  readonly #clock: Pick<Clock, 'nowMs'>
  #built: Promise<T> | null = null
  #failedMs: number | null = null

  constructor(build: () => Promise<T>, clock: Pick<Clock, 'nowMs'>) {
    this.#build = build
    this.#clock = clock
  }

  /** Whoever asks while it is built waits for the same. Fails as building does. */
  get(): Promise<T> {
    if (this.#failedMs !== null && Math.abs(this.#clock.nowMs() - this.#failedMs) >= FAILURE_KEPT_MS) {
      this.#failedMs = null
      this.#built = null
    }
    this.#built ??= this.#build().catch((error) => {
      this.#failedMs = this.#clock.nowMs()
      throw error
    })
    return this.#built
  }
}
