// What the batch layer has recounted, whether lost counts are being counted again, and which imports wait for it:
// polled where other processes do that.
import type { Clock } from '../../../lib/clock.ts'
import type { Journal, JournalEntry } from '../../../stores/counts/journal.ts'
import type { Rebuild, Rebuilds } from '../../../stores/counts/rebuilds.ts'
import type { Reconciled, RollupReader } from '../../../stores/counts/rollups.ts'
import type { MinuteRange } from '../question/vocabulary.ts'
import { importingIn, latestImports } from './importing.ts'

export type ReconciledWatchDeps = {
  readonly rollups: Pick<RollupReader, 'readReconciled'>
  readonly rebuilds: Pick<Rebuilds, 'readRebuild'>
  readonly journal: Pick<Journal, 'latest'>
  readonly clock: Clock
  readonly intervalMs: number
  /** Called when the store could not be read; the known state stays. */
  readonly onError: (error: unknown) => void
}

type Known = {
  readonly rebuild: Rebuild | null
  readonly reconciled: Reconciled | null
  readonly imports: readonly JournalEntry[]
}

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

  /** What is imported and not recounted. */
  get importing(): MinuteRange | null {
    return importingIn(this.#known.imports, this.#known.reconciled)
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

/**
 * What is recounted is read after the rebuild: it holds whatever a rebuild that is done has had recounted. And before
 * the imports: one that came in between is not called counted.
 */
async function look({ rebuilds, rollups, journal }: ReconciledWatchDeps): Promise<Known> {
  const rebuild = await rebuilds.readRebuild()
  const reconciled = await rollups.readReconciled()
  return { rebuild, reconciled, imports: await latestImports(journal) }
}
