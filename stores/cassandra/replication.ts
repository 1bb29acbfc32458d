// How many replicas a keyspace really has, and whether that is enough for the levels in the settings: whoever made
// the keyspace may have been told something else, and it may get others at any time.
import type { Client } from 'cassandra-driver'
import type { CassandraSettings } from './cassandra-settings.ts'
import { levelsFault, overlaps, type Replication } from './consistency.ts'
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

/** What levels promise with the replicas that the keyspace has. */
export type Promised = {
  /** Whether a query at its level sees every write that was acknowledged. */
  readonly isQueryFresh: boolean
  /** Why counts would be lost; null if none would. */
  readonly fault: string | null
}

type Wanted = Pick<CassandraSettings, 'keyspace' | 'levels' | 'countingIn' | 'localDataCenter'>

export function promisedBy(
  replication: Replication,
  { keyspace, levels, countingIn, localDataCenter }: Wanted,
): Promised {
  const fault = levelsFault(levels, replication, countingIn)
  return {
    isQueryFresh: overlaps(levels.write, levels.query, replication, countingIn, [localDataCenter]),
    fault: fault === null ? null : `The keyspace ${keyspace} is not safe to use: ${fault}.`,
  }
}

/** Fails with a CountsError `refused` if counts would be lost. */
export function checkLevels(replication: Replication, settings: Wanted): void {
  const { fault } = promisedBy(replication, settings)
  if (fault !== null) throw new CountsError('refused', fault)
}

/** Part of the driver's own object, of which its types do not tell. It is replaced when the keyspace changes. */
type KeyspaceNow = { readonly strategyOptions: Readonly<Record<string, string>> }

/**
 * What they promise at each moment. An operator may give a keyspace more replicas while processes run; the driver hears
 * of it within seconds. While it does not know the keyspace, what was last known holds.
 * @param replication what it had at the start
 */
export function promisedNow(
  client: Pick<Client, 'metadata'>,
  replication: Replication,
  settings: Wanted,
): () => Promised {
  const { keyspace, localDataCenter } = settings
  let known: KeyspaceNow['strategyOptions'] | null = null
  let promised = promisedBy(replication, settings)
  return () => {
    const keyspaces = client.metadata.keyspaces as unknown as Readonly<
      Record<string, KeyspaceNow | undefined>
    >
    const options = keyspaces[keyspace]?.strategyOptions
    if (options !== undefined && options !== known) {
      known = options
      promised = promisedBy(parseReplication(options, localDataCenter), settings)
    }
    return promised
  }
}
