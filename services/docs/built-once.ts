// What is built when it is first asked for, once. A failure is kept for some seconds: whoever asks again and again does
// not have the work repeated each time.
import type { Clock } from '../../lib/clock.ts'

export const FAILURE_KEPT_MS = 10_000

export class BuiltOnce<T extends object> {
  readonly #build: () => T
  readonly #clock: Pick<Clock, 'nowMs'>
  #built: T | null = null
  #failed: { readonly atMs: number; readonly error: unknown } | null = null

  constructor(build: () => T, clock: Pick<Clock, 'nowMs'>) {
    this.#build = build
    this.#clock = clock
  }

  /** Fails as building does. */
  get(): T {
    if (this.#built !== null) return this.#built
    const nowMs = this.#clock.nowMs()
    if (this.#failed !== null && Math.abs(nowMs - this.#failed.atMs) < FAILURE_KEPT_MS)
      throw this.#failed.error
    try {
      this.#built = this.#build()
    } catch (error) {
      this.#failed = { atMs: this.#clock.nowMs(), error }
      throw error
    }
    return this.#built
  }
}
