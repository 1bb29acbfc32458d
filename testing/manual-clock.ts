// A clock that stands still until it is moved, for tests.
import type { Clock } from '../lib/clock.ts'

type Sleeper = { readonly untilMs: number; readonly wake: () => void }

export class ManualClock implements Clock {
  #nowMs: number
  readonly #sleepers = new Set<Sleeper>()

  constructor(nowMs = 1_700_000_000_000) {
    this.#nowMs = nowMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const sleeper = { untilMs: this.#nowMs + ms, wake: resolve }
    this.#sleepers.add(sleeper)
    if (signal?.aborted) resolve()
    signal?.addEventListener('abort', () => resolve(), { once: true })
    return promise.finally(() => this.#sleepers.delete(sleeper))
  }

  /** Moves the clock, also backwards, and wakes the sleepers that are due. */
  advance(ms: number): void {
    this.#nowMs += ms
    for (const { untilMs, wake } of this.#sleepers) if (untilMs <= this.#nowMs) wake()
  }
}
