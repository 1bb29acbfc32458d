// What the batch layer has recounted, and whether lost counts are being counted again: polled where other processes do
// that.
import type { Clock } from '../../lib/clock.ts'
import type { Rebuild, Rebuilds } from '../../stores/counts/rebuilds.ts'
import type { Reconciled, RollupReader } from '../../stores/counts/rollups.ts'

export type ReconciledWatchDeps = {
  readonly rollups: Pick<RollupReader, 'readReconciled'>
  readonly rebuilds: Pick<Rebuilds, 'readRebuild'>
  readonly clock: Clock
  readonly intervalMs: number
  /** Called when the store could not be read; the known state stays. */
  readonly onError: (error: unknown) => void
}

type Known = { readonly rebuild: Rebuild | null; readonly reconciled: Reconciled | null }

export class ReconciledWatch {
  readonly #deps: ReconciledWatchDeps
  #known: Known

  private constructor(deps: ReconciledWatchDeps, known: Known) {
    this.#deps = deps
    this.#known = known
  }

  /**
   * Waits until the store has answered once: an unknown state differs from "nothing recounted", in which case the
   * counts alone would be the truth. Fails when aborted.
   */
  static async begin(deps: ReconciledWatchDeps, signal: AbortSignal): Promise<ReconciledWatch> {
    while (true) {
      signal.throwIfAborted()
      try {
        return new ReconciledWatch(deps, await look(deps))
      } catch (error) {
        deps.onError(error)
        await deps.clock.sleep(deps.intervalMs, signal)
      }
    }
  }

  /** Null before the first recount. */
  get current(): Reconciled | null {
    return this.#known.reconciled
  }

  /** Null if the counts were never lost. */
  get rebuild(): Rebuild | null {
    return this.#known.rebuild
  }

  /** Polls until aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs, onError } = this.#deps
    while (true) {
      await clock.sleep(intervalMs, signal)
      if (signal.aborted) return
      try {
        this.#known = await look(this.#deps)
      } catch (error) {
        onError(error)
      }
    }
  }
}

/** What is recounted is read last: it holds whatever a rebuild that is done has had recounted. */
async function look({ rebuilds, rollups }: ReconciledWatchDeps): Promise<Known> {
  const rebuild = await rebuilds.readRebuild()
  return { rebuild, reconciled: await rollups.readReconciled() }
}
