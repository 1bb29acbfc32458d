// Opens the counts on Cassandra: reaches the cluster, and makes sure that its schema is ours.
import type { CassandraSettings } from '../../../settings/cassandra-settings.ts'
import { CassandraCounts } from './cassandra-counts.ts'
import { type ConnectDeps, connect } from './connect.ts'
import { checkSchema } from './schema.ts'

/**
 * Waits for the cluster. Fails with a CountsError: `schema_missing` and `schema_version` say which command to
 * run.
 */
export async function openCassandraCounts(
  settings: CassandraSettings,
  deps: ConnectDeps,
): Promise<CassandraCounts> {
  const { keyspace, retention } = settings
  const unbound = await connect(settings, null, deps)
  try {
    await checkSchema(unbound, keyspace)
  } finally {
    await unbound.shutdown()
  }
  return new CassandraCounts(await connect(settings, keyspace, deps), deps.clock, retention.minutesMs)
}
