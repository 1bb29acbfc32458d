// Connects to a Cassandra cluster, however long that takes, and logs what it waits for. No secret is logged.
import { Client, type ClientOptions, policies, types } from 'cassandra-driver'
import type { Clock } from '../../lib/clock.ts'
import { type RetryPolicy, retryDelayMs } from '../../lib/retry.ts'
import { tlsFault } from '../../lib/tls-fault.ts'
import type { CassandraSettings } from './cassandra-settings.ts'
import { CountsError, countsErrorOf } from './counts-error.ts'
import { keepControl } from './keep-control.ts'
import { prepareAll } from './prepare.ts'

export type ConnectDeps = {
  readonly clock: Clock
  readonly random: () => number
  /** Called for each failed attempt that is followed by another. */
  readonly onRetry: (what: string, attempt: number, error: unknown) => void
  /** Ends the waiting. */
  readonly signal?: AbortSignal
}

const CONNECT_TIMEOUT_MS = 5_000
const READ_TIMEOUT_MS = 12_000
const AGREEMENT_SECONDS = 30
const RECONNECT_FIRST_MS = 100
const RECONNECT_LONGEST_MS = 5_000
const CONNECTIONS_PER_HOST = 2
const REQUESTS_PER_CONNECTION_MAX = 1_024
const BACKOFF: RetryPolicy = { baseMs: 200, capMs: 5_000 }

/**
 * A client that is connected, bound to a keyspace where one is given, and has prepared the statements. Waits for a
 * cluster that is not there yet; fails with a CountsError where waiting is of no use.
 */
export async function connect(
  settings: CassandraSettings,
  keyspace: string | null,
  { clock, random, onRetry, signal }: ConnectDeps,
  statements: readonly string[] = [],
): Promise<Client> {
  for (let attempt = 0; ; attempt++) {
    const client = new Client(optionsOf(settings, keyspace))
    keepControl(client)
    try {
      await client.connect()
      await prepareAll(client, statements)
      return client
    } catch (cause) {
      await client.shutdown()
      const error = refusalOf(cause, settings) ?? countsErrorOf(cause)
      if (!isWorthWaiting(error) || signal?.aborted) throw error
      onRetry(`reach Cassandra at ${settings.contactPoints.join(', ')}`, attempt, error)
      await clock.sleep(retryDelayMs(BACKOFF, attempt, random()), signal)
      if (signal?.aborted) throw error
    }
  }
}

/** A certificate that was refused: by us, or by the node. */
function refusalOf(cause: unknown, { contactPoints }: CassandraSettings): CountsError | null {
  const why = tlsFault(cause)
  if (why === null) return null
  return new CountsError('forbidden', `Cassandra at ${contactPoints.join(', ')} cannot be used: ${why}.`, {
    cause,
  })
}

function isWorthWaiting({ code }: CountsError): boolean {
  return code === 'unavailable' || code === 'timeout' || code === 'overloaded'
}

function optionsOf(settings: CassandraSettings, keyspace: string | null): ClientOptions {
  const { contactPoints, localDataCenter, credentials, tls } = settings
  const { local, remote } = types.distance
  return {
    contactPoints: [...contactPoints],
    localDataCenter,
    ...(keyspace === null ? {} : { keyspace }),
    ...(credentials === null ? {} : { credentials }),
    ...(tls === null ? {} : { sslOptions: tls }),
    encoding: { useBigIntAsLong: true, useBigIntAsVarint: true },
    queryOptions: { prepare: true, isIdempotent: true, consistency: types.consistencies.quorum },
    socketOptions: { connectTimeout: CONNECT_TIMEOUT_MS, readTimeout: READ_TIMEOUT_MS },
    // The driver looks for peers at this port, whatever port the contact points name.
    protocolOptions: { port: portOf(contactPoints), maxSchemaAgreementWaitSeconds: AGREEMENT_SECONDS },
    pooling: {
      coreConnectionsPerHost: { [local]: CONNECTIONS_PER_HOST, [remote]: 1 },
      maxRequestsPerConnection: REQUESTS_PER_CONNECTION_MAX,
    },
    policies: {
      reconnection: new policies.reconnection.ExponentialReconnectionPolicy(
        RECONNECT_FIRST_MS,
        RECONNECT_LONGEST_MS,
      ),
    },
  }
}

function portOf([first]: readonly string[]): number {
  return Number(first!.slice(first!.lastIndexOf(':') + 1))
}
