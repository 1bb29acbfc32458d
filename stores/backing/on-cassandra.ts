// What processes share through Cassandra: all that is kept about counts.
import type { Registry } from 'prom-client'
import type { Breaker } from '../../lib/breaker.ts'
import type { Opening } from '../../lib/opening.ts'
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
