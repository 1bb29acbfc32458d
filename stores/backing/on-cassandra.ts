// What processes share through Cassandra: all that is kept about counts.
import type { Registry } from 'prom-client'
import type { Breaker } from '../../lib/breaker.ts'
import { Fault } from '../../lib/fault.ts'
import type { Opening } from '../../lib/opening.ts'
import { minuteText } from '../../lib/time-text.ts'
import { type Horizons, opensClosed } from '../../model/horizons.ts'
import { type CountRetention, keptAt } from '../../model/retention.ts'
import type { CassandraSettings } from '../cassandra/cassandra-settings.ts'
import type { Backing } from './backing.ts'
import { countsBreaker } from './counts-breaker.ts'
import { type CassandraStores, openCassandraStores } from './open-cassandra-stores.ts'

export type StoredCounts = Omit<CassandraStores, 'close'> & Pick<Backing, 'audits' | 'kept' | 'isShared'>

/** Waits for Cassandra. Fails as openCassandraStores does. */
export async function openCounts(opening: Opening, settings: CassandraSettings): Promise<StoredCounts> {
  const { stack, clock, onRetry, signal } = opening
  const stores = await openCassandraStores(settings, { clock, random: Math.random, onRetry, signal })
  stack.defer(() => stores.close())
  return { ...stores, audits: stores, kept: keptBy(settings.retention), isShared: true }
}

/**
 * Fails where who counts, or recounts, by these horizons may count into minutes that are closed
 * and corrected already: those events would count twice.
 */
export async function checkHorizon(
  { rollups }: Pick<StoredCounts, 'rollups'>,
  horizons: Horizons,
): Promise<void> {
  const closed = (await rollups.readReconciled())?.closed
  if (closed === undefined || !opensClosed(horizons, closed)) return
  throw new Fault(
    `HORIZON_MS is ${horizons.horizonMs}, but minutes up to ${minuteText(closed.toMinute)} were closed by one of ` +
      `${closed.horizonMs}, and would be open again: set HORIZON_BEFORE=${closed.horizonMs}@ and a time, in UTC, ` +
      'by which all services will have been restarted with it (docs/settings.md, Another horizon)',
  )
}

/** `probe`: as of countsBreaker. */
export function openBreaker(
  { stack, logger }: Opening,
  registry: Registry,
  probe?: () => Promise<unknown>,
): Breaker {
  const breaker = countsBreaker(registry, logger, probe)
  stack.defer(() => breaker.close())
  return breaker
}

function keptBy(retention: CountRetention): Backing['kept'] {
  return (nowMs) => keptAt(nowMs, retention)
}
