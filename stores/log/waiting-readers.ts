// Readers at the end of a source that wait for the next append. Knows no records.
import type { Clock } from '../../lib/clock.ts'

/** Without a reason of its own each would make an error with its stack, for nobody. */
const WOKEN = 'woken'

export class WaitingReaders {
  readonly #clock: Clock
  readonly #wakers = new Map<string, AbortController>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves when the source is woken, at the latest after `waitMs`. In both cases the caller reads again. */
  async wait(sourceId: string, waitMs: number): Promise<void> {
    if (waitMs <= 0) return
    let waker = this.#wakers.get(sourceId)
    if (waker === undefined) {
      waker = new AbortController()
      this.#wakers.set(sourceId, waker)
    }
    await this.#clock.sleep(waitMs, waker.signal)
  }

  wake(sourceId: string): void {
    this.#wakers.get(sourceId)?.abort(WOKEN)
    this.#wakers.delete(sourceId)
  }

  wakeAll(): void {
    for (const sourceId of [...this.#wakers.keys()]) this.wake(sourceId)
  }
}
