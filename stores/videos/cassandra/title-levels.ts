// At which levels titles are written and read. Null means that there is no such title, so no read may miss what was
// acknowledged: a question is asked at the level of queries only if that overlaps with what was written.
import type { Client } from 'cassandra-driver'
import type { CassandraSettings } from '../../cassandra/cassandra-settings.ts'
import type { Level, Replication } from '../../cassandra/consistency.ts'
import { promisedNow } from '../../cassandra/replication.ts'
import type { StoreLevels } from '../../counts/cassandra/store.ts'

type Wanted = Pick<CassandraSettings, 'keyspace' | 'levels' | 'localDataCenter'>

/** Whoever changes a title may be in any data centre, also outside those that count. */
export function titleLevels(
  client: Pick<Client, 'metadata'>,
  replication: Replication,
  { levels: { query }, ...where }: Wanted,
): StoreLevels {
  const levels = { write: 'QUORUM', hydrate: 'QUORUM', query } as const
  return { ...levels, promised: promisedNow(client, replication, { ...where, levels, countingIn: null }) }
}

/** With the replicas that the keyspace has now. */
export function levelOfQuestions({ query, promised }: StoreLevels): Level {
  return promised().isQueryFresh ? query : 'QUORUM'
}
