// How many replicas a keyspace really has, and whether that is enough for the levels in the settings: whoever made
// the keyspace may have been told something else.
import type { Client } from 'cassandra-driver'
import type { CassandraSettings } from './cassandra-settings.ts'
import { type Levels, levelsFault, overlaps, type Replication } from './consistency.ts'
import { CountsError, countsErrorOf } from './counts-error.ts'

const SELECT_REPLICATION = 'SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?'

/** Fails with a CountsError. */
export async function replicationOf(
  client: Client,
  { keyspace, localDataCenter }: Pick<CassandraSettings, 'keyspace' | 'localDataCenter'>,
): Promise<Replication> {
  try {
    const { rows } = await client.execute(SELECT_REPLICATION, [keyspace])
    return parseReplication(rows[0]?.replication ?? {}, localDataCenter)
  } catch (error) {
    throw countsErrorOf(error)
  }
}

/** Of a strategy that knows no data centres, all replicas count as being in ours. */
export function parseReplication(
  stored: Readonly<Record<string, string>>,
  localDataCenter: string,
): Replication {
  const { class: _, replication_factor: anywhere, ...centres } = stored
  const counts = anywhere === undefined ? Object.entries(centres) : [[localDataCenter, anywhere] as const]
  return new Map(counts.map(([centre, count]) => [centre, Number.parseInt(count, 10)]))
}

/** Fails with a CountsError `refused` if counts would be lost. */
export function checkLevels(
  replication: Replication,
  { keyspace, levels, countingIn, localDataCenter }: Omit<CassandraSettings, 'replication'>,
): Levels & { readonly isQueryFresh: boolean } {
  const fault = levelsFault(levels, replication, countingIn)
  if (fault !== null)
    throw new CountsError('refused', `The keyspace ${keyspace} is not safe to use: ${fault}.`)
  const isQueryFresh = overlaps(levels.write, levels.query, replication, countingIn, [localDataCenter])
  return { ...levels, isQueryFresh }
}
