// What questions are answered from where everything is in one process: the counts stitched with the rollups, behind a
// cache.
import type { Registry } from 'prom-client'
import type { Clock } from '../../lib/clock.ts'
import { type CountRetention, keptAt, keptUnlessCovered } from '../../model/retention.ts'
import type { CountReader } from '../../stores/counts/counts.ts'
import type { EmbeddedStores } from '../../stores/counts/embedded/embedded-stores.ts'
import { CACHE_SETTINGS, CachedReader } from '../query/cached-reader.ts'
import { ClockWatch } from '../query/clock-watch.ts'
import type { QueryDeps } from '../query/deps.ts'
import { LastKnown } from '../query/last-known.ts'
import { PacedReader } from '../query/paced-reader.ts'
import { cacheMetrics, clockMetrics, countStale } from '../query/query-metrics.ts'
import { StitchedReader } from '../query/stitched-reader.ts'
import type { Losses } from './loss.ts'
import type { StandaloneSettings } from './settings.ts'

type StoredDeps = Pick<
  QueryDeps,
  'counts' | 'progress' | 'vouched' | 'coverage' | 'kept' | 'checkpoints' | 'audits' | 'lastKnown'
>

/** How often old counts are looked for. */
const SWEEP_INTERVAL_MS = 10 * 60_000

export type EmbeddedQueries = StoredDeps & {
  /** The counts past the cache: sees every row that is stored. */
  readonly recent: CountReader
  /** To be called when what was closed has changed. */
  readonly forgetAll: () => void
  readonly clockWatch: ClockWatch
}

export type QueriesBeside = {
  readonly registry: Registry
  readonly clock: Clock
  readonly losses: Pick<Losses, 'vouched'>
  /** Told of a clock that stands behind the log. */
  readonly onBehind: (behindMs: number) => void
}

/** What is not recounted is never swept, and so can be asked for however old it is. */
export function embeddedQueries(
  { counts, rollups, journal }: Pick<EmbeddedStores, 'counts' | 'rollups' | 'journal'>,
  { retention, driver }: Pick<StandaloneSettings, 'retention' | 'driver'>,
  progress: StoredDeps['progress'],
  { registry, clock, losses, onBehind }: QueriesBeside,
): EmbeddedQueries {
  const coverage = () => rollups.reconciled
  const kept = () => keptUnlessCovered(keptAt(clock.nowMs(), retention), coverage())
  const stitched = new StitchedReader({ counts, rollups, coverage, kept })
  const metrics = cacheMetrics(registry)
  // Nobody but this process changes what is closed, and whoever does calls forgetAll.
  const settings = { ...CACHE_SETTINGS, horizonMs: driver.horizonMs, localTtlMs: CACHE_SETTINGS.closedTtlMs }
  const deps = { counts: stitched, shared: null, clock, random: Math.random, progress, metrics }
  const cached = new CachedReader(deps, settings)
  const asOfMs = () => progress().asOfMs
  const clockWatch = new ClockWatch({ nowMs: () => clock.nowMs(), asOfMs, coverage, skewMs: 0, onBehind })
  clockMetrics(registry, clockWatch)
  const lastKnown = new LastKnown({ clock, shared: null, onStale: countStale(registry) })
  return {
    counts: new PacedReader(cached),
    vouched: () => losses.vouched ?? clockWatch.look(),
    clockWatch,
    lastKnown,
    recent: stitched,
    progress,
    coverage,
    kept,
    checkpoints: () => counts.checkpoints(),
    audits: { rollups, journal },
    forgetAll: () => {
      cached.forgetAll()
      lastKnown.forgetAll()
    },
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
