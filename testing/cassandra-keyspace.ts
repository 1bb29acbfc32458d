// The address of the real cluster for tests, and a keyspace for each of them.
import { randomBytes } from 'node:crypto'
import type { Client } from 'cassandra-driver'
import { SettingsReader } from '../lib/settings-reader.ts'
import { systemClock } from '../lib/system-clock.ts'
import { type CassandraSettings, readCassandraSettings } from '../stores/cassandra/cassandra-settings.ts'
import { type ConnectDeps, connect } from '../stores/cassandra/connect.ts'
import { type MigrateDeps, migrate } from '../stores/counts/cassandra/migrate.ts'

/** Dropping writes to disk first; the driver's own deadline is too short for a busy machine. */
const DROP_TIMEOUT_MS = 120_000

export const CONNECT_DEPS: ConnectDeps = { clock: systemClock, random: Math.random, onRetry: () => {} }

/** Settings of a new keyspace with as many replicas as there are nodes. */
export function testSettings(): CassandraSettings {
  const { CASSANDRA_CONTACT_POINTS: points } = process.env
  if (points === undefined) {
    throw new Error('Set CASSANDRA_CONTACT_POINTS to the nodes to test against, like 127.0.0.1:19042.')
  }
  const environment = {
    ...process.env,
    CASSANDRA_KEYSPACE: `tally_test_${randomBytes(6).toString('hex')}`,
    CASSANDRA_REPLICATION: String(points.split(',').length),
  }
  return readCassandraSettings(new SettingsReader(environment))
}

export function migrateTest(
  settings: CassandraSettings,
  onApplied = (_: { file: string }) => {},
  more: Partial<MigrateDeps> = {},
): Promise<void> {
  const open = (keyspace: string | null) => connect(settings, keyspace, CONNECT_DEPS)
  return migrate(open, settings, { clock: systemClock, onApplied, ...more })
}

export type TestKeyspace = AsyncDisposable & { readonly settings: CassandraSettings; readonly client: Client }

/** A migrated keyspace and a client; both are removed on dispose. */
export async function openTestKeyspace(): Promise<TestKeyspace> {
  const settings = testSettings()
  await migrateTest(settings)
  const client = await connect(settings, settings.keyspace, CONNECT_DEPS)
  return {
    settings,
    client,
    async [Symbol.asyncDispose]() {
      await client.shutdown() // otherwise it would keep the process alive
      // On a new connection: if the test killed nodes, the client may not be connected again yet.
      const dropping = await connect(settings, null, CONNECT_DEPS)
      try {
        await dropKeyspace(dropping, settings)
      } finally {
        await dropping.shutdown()
      }
    },
  }
}

export async function dropKeyspace(client: Client, { keyspace }: CassandraSettings): Promise<void> {
  const options = { prepare: false, readTimeout: DROP_TIMEOUT_MS }
  await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`, [], options)
}
