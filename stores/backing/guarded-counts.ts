// What is kept about counts, behind a breaker.
import type { Breaker } from '../../lib/breaker.ts'
import type { CountWriter } from '../counts/counts.ts'
import type { CassandraStores } from './open-cassandra-stores.ts'

const ROLLUP_READS = ['readRollups', 'firstRollup', 'rollupTypes', 'readReconciled', 'readHours'] as const

export function guardedWriter(counts: CountWriter, breaker: Breaker): CountWriter {
  return guarded(counts, breaker, ['write', 'hydrate', 'readCheckpoint', 'writeCheckpoint'])
}

/** All that questions are answered from. */
export function guardedStores(stores: Omit<CassandraStores, 'close'>, breaker: Breaker) {
  const rollups = guarded(stores.rollups, breaker, ROLLUP_READS)
  return {
    counts: guarded(stores.counts, breaker, ['read', 'types', 'firstMinute', 'checkpoints']),
    rollups,
    uniques: guarded(stores.uniques, breaker, ['merge', 'read']),
    audits: { rollups, journal: guarded(stores.journal, breaker, ['latest']) },
  }
}

type Method = (...asked: unknown[]) => Promise<unknown>

/** These methods of a store and no others: each call goes through the breaker. */
function guarded<Store, Name extends keyof Store>(
  store: Store,
  breaker: Breaker,
  names: readonly Name[],
): Pick<Store, Name> {
  const methods = names.map((name): [Name, Method] => {
    const method = store[name] as Method
    return [name, (...asked) => breaker.run(() => method.apply(store, asked))]
  })
  return Object.fromEntries(methods) as Pick<Store, Name>
}
