// What questions are answered from in a query service of the cluster: the counts stitched with the rollups, behind a
// breaker and a cache.
import type { Breaker } from '../../lib/breaker.ts'
import type { Clock } from '../../lib/clock.ts'
import { type CountRetention, keptAt } from '../../model/retention.ts'
import {
  guardedAudits,
  guardedReader,
  guardedRollups,
  guardedUniques,
} from '../../stores/backing/guarded-counts.ts'
import type { CassandraStores } from '../../stores/backing/open-cassandra-stores.ts'
import type { SharedCache } from '../../stores/cache/cache.ts'
import type { CountReader } from '../../stores/counts/counts.ts'
import type { Uniques } from '../../stores/uniques/uniques.ts'
import { CACHE_SETTINGS, CachedReader, type CacheMetrics } from './cached-reader.ts'
import type { QueryDeps } from './deps.ts'
import { LastKnown } from './last-known.ts'
import { PacedReader } from './paced-reader.ts'
import type { ReconciledWatch } from './reconciled-watch.ts'
import { StitchedReader } from './stitched-reader.ts'

type StoredDeps = Pick<
  QueryDeps,
  'counts' | 'progress' | 'coverage' | 'kept' | 'checkpoints' | 'audits' | 'lastKnown'
>

export type CassandraQueries = StoredDeps & {
  /** The counts past the cache. */
  readonly recent: CountReader
  readonly uniques: Uniques
}

export type QueriesBeside = {
  readonly clock: Clock
  readonly breaker: Breaker
  /** How far the rollups are known to reach. */
  readonly reconciled: Pick<ReconciledWatch, 'current'>
  readonly progress: StoredDeps['progress']
  /** Null where processes share no cache. */
  readonly shared: SharedCache | null
  readonly retention: CountRetention
  readonly horizonMs: number
  readonly metrics: CacheMetrics
  /** A stale answer was given. */
  readonly onStale: () => void
}

export function cassandraQueries(
  stores: Omit<CassandraStores, 'close'>,
  { clock, breaker, reconciled, progress, shared, retention, horizonMs, metrics, onStale }: QueriesBeside,
): CassandraQueries {
  const coverage = () => reconciled.current
  const kept = () => keptAt(clock.nowMs(), retention)
  const counts = guardedReader(stores.counts, breaker)
  const recent = new StitchedReader({
    counts,
    rollups: guardedRollups(stores.rollups, breaker),
    coverage,
    kept,
  })
  const cached = new CachedReader(
    { counts: recent, shared, clock, random: Math.random, progress, metrics },
    { ...CACHE_SETTINGS, horizonMs },
  )
  return {
    counts: new PacedReader(cached),
    recent,
    progress,
    coverage,
    kept,
    checkpoints: () => breaker.run(() => stores.counts.checkpoints()),
    audits: guardedAudits(stores, breaker),
    lastKnown: new LastKnown({ clock, shared, onStale }),
    uniques: guardedUniques(stores.uniques, breaker),
  }
}
