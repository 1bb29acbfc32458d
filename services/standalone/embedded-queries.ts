// What questions are answered from where everything is in one process: the counts stitched with the rollups.
import type { EmbeddedStores } from '../adapters/counts/embedded/embedded-stores.ts'
import { type CountRetention, keptAt, keptUnlessCovered } from '../model/retention.ts'
import type { Clock } from '../ports/clock.ts'
import type { QueryDeps } from '../query/deps.ts'
import { StitchedReader } from '../query/stitched-reader.ts'

type StoredDeps = Pick<QueryDeps, 'counts' | 'coverage' | 'kept' | 'checkpoints' | 'audits'>

/** How often old counts are looked for. */
const SWEEP_INTERVAL_MS = 10 * 60_000

/** What is not recounted is never swept, and so can be asked for however old it is. */
export function embeddedQueries(
  { counts, rollups, journal }: Pick<EmbeddedStores, 'counts' | 'rollups' | 'journal'>,
  retention: CountRetention,
  clock: Clock,
): StoredDeps {
  const coverage = () => rollups.reconciled
  const kept = () => keptUnlessCovered(keptAt(clock.nowMs(), retention), coverage())
  return {
    counts: new StitchedReader({ counts, rollups, coverage, kept }),
    coverage,
    kept,
    checkpoints: () => counts.checkpoints(),
    audits: { rollups, journal },
  }
}

/** Sweeps at intervals until aborted; then resolves when nothing is under way. */
export async function sweepAtIntervals(
  stores: Pick<EmbeddedStores, 'sweep'>,
  retention: CountRetention,
  clock: Clock,
  onError: (error: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  while (true) {
    await clock.sleep(SWEEP_INTERVAL_MS, signal)
    if (signal.aborted) return
    await stores.sweep(clock.nowMs(), retention, signal).catch(onError)
  }
}
