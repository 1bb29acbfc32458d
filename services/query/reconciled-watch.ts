// What the batch layer has recounted, polled by a query service in another process.
import type { Clock } from '../../lib/clock.ts'
import type { Reconciled, RollupReader } from '../../stores/counts/rollups.ts'

export type ReconciledWatchDeps = {
  readonly rollups: Pick<RollupReader, 'readReconciled'>
  readonly clock: Clock
  readonly intervalMs: number
  /** Called when the store could not be read; the known state stays. */
  readonly onError: (error: unknown) => void
}

export class ReconciledWatch {
  readonly #deps: ReconciledWatchDeps
  #current: Reconciled | null

  private constructor(deps: ReconciledWatchDeps, current: Reconciled | null) {
    this.#deps = deps
    this.#current = current
  }

  /**
   * Waits until the store has answered once: an unknown state differs from "nothing recounted", in which case the
   * counts alone would be the truth. Fails when aborted.
   */
  static async begin(deps: ReconciledWatchDeps, signal: AbortSignal): Promise<ReconciledWatch> {
    while (true) {
      signal.throwIfAborted()
      try {
        return new ReconciledWatch(deps, await deps.rollups.readReconciled())
      } catch (error) {
        deps.onError(error)
        await deps.clock.sleep(deps.intervalMs, signal)
      }
    }
  }

  /** Null before the first recount. */
  get current(): Reconciled | null {
    return this.#current
  }

  /** Polls until aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    const { rollups, clock, intervalMs, onError } = this.#deps
    while (true) {
      await clock.sleep(intervalMs, signal)
      if (signal.aborted) return
      try {
        this.#current = await rollups.readReconciled()
      } catch (error) {
        onError(error)
      }
    }
  }
}
