// Opens all that is kept about counts on Cassandra: reaches the cluster, and makes sure that its schema is ours.
import { CassandraAlerts } from '../alerts/cassandra/cassandra-alerts.ts'
import * as alertStatements from '../alerts/cassandra/statements.ts'
import type { CassandraSettings } from '../cassandra/cassandra-settings.ts'
import { type ConnectDeps, connect } from '../cassandra/connect.ts'
import type { Replication } from '../cassandra/consistency.ts'
import { CountsError } from '../cassandra/counts-error.ts'
import { statementsIn } from '../cassandra/prepare.ts'
import { checkLevels, promisedNow, replicationOf } from '../cassandra/replication.ts'
import { CassandraCounts } from '../counts/cassandra/cassandra-counts.ts'
import { CassandraJournal } from '../counts/cassandra/cassandra-journal.ts'
import { CassandraRebuilds } from '../counts/cassandra/cassandra-rebuilds.ts'
import { CassandraRollups } from '../counts/cassandra/cassandra-rollups.ts'
import * as rollupStatements from '../counts/cassandra/rollup-statements.ts'
import { checkSchema } from '../counts/cassandra/schema.ts'
import * as sharedStatements from '../counts/cassandra/shared-statements.ts'
import * as countStatements from '../counts/cassandra/statements.ts'
import type { StoreLevels } from '../counts/cassandra/store.ts'
import { isHalfRestored } from '../counts/rebuilds.ts'
import { CassandraUniques } from '../uniques/cassandra/cassandra-uniques.ts'
import * as uniquesStatements from '../uniques/cassandra/statements.ts'

export const STATEMENTS: readonly string[] = [
  ...[countStatements, sharedStatements, rollupStatements, uniquesStatements, alertStatements],
].flatMap(statementsIn)

export type CassandraStores = {
  readonly counts: CassandraCounts
  readonly rollups: CassandraRollups
  readonly journal: CassandraJournal
  readonly rebuilds: CassandraRebuilds
  readonly uniques: CassandraUniques
  readonly alerts: CassandraAlerts
  /** Whoever waits for an answer gets an error. */
  close(): Promise<void>
}

/**
 * Waits for the cluster. Fails with a CountsError: `schema_missing` and `schema_version` say which command to
 * run, `refused` why counts would be lost with these consistency levels, or that a backup is not restored to its end.
 */
export async function openCassandraStores(
  settings: CassandraSettings,
  deps: ConnectDeps,
): Promise<CassandraStores> {
  const stores = await openToRestore(settings, deps)
  try {
    if (!isHalfRestored(await stores.rebuilds.readRebuild())) return stores
    const what = `A backup was not restored to its end into the keyspace ${settings.keyspace}`
    throw new CountsError('refused', `${what}: run npm run restore -- --cluster until it has ended.`)
  } catch (error) {
    await stores.close()
    throw error
  }
}

/** The same for who restores a backup. */
export async function openToRestore(
  settings: CassandraSettings,
  deps: ConnectDeps,
): Promise<CassandraStores> {
  const { keyspace, retention } = settings
  const { clock } = deps
  const unbound = await connect(settings, null, deps)
  let replication: Replication
  try {
    await checkSchema(unbound, keyspace)
    replication = await replicationOf(unbound, settings)
    checkLevels(replication, settings)
  } finally {
    await unbound.shutdown()
  }
  const client = await connect(settings, keyspace, deps, STATEMENTS)
  const levels: StoreLevels = {
    ...settings.levels,
    promised: promisedNow(client, replication, settings),
  }
  const counts = new CassandraCounts(client, clock, retention.minutesMs, levels)
  try {
    await counts.prepare()
  } catch (error) {
    await client.shutdown()
    throw error
  }
  return {
    counts,
    rollups: new CassandraRollups(client, clock, retention, levels),
    journal: new CassandraJournal(client, clock, levels),
    rebuilds: new CassandraRebuilds(client, levels),
    uniques: new CassandraUniques(client, clock, levels),
    alerts: new CassandraAlerts(client, levels),
    close: () => client.shutdown(),
  }
}
