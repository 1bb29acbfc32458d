// Where Cassandra is, how to sign in, and how long counts are kept.
import { readCountRetention } from '../../lib/retention-settings.ts'
import type { SettingsReader } from '../../lib/settings-reader.ts'
import { readTls, type TlsOptions } from '../../lib/tls-settings.ts'
import type { CountRetention } from '../../model/retention.ts'
import { DEFAULT_LEVELS, LEVELS, type Levels, levelsFault, type Replication } from './consistency.ts'

export type CassandraSettings = {
  /** `host:port` of some nodes; the others are learned from them. */
  readonly contactPoints: readonly string[]
  readonly localDataCenter: string
  readonly keyspace: string
  readonly credentials: { readonly username: string; readonly password: string } | null
  /** Null without TLS. `servername`: what certificates are for, in place of the address of a node. */
  readonly tls: (TlsOptions & { readonly servername?: string }) | null
  /** Used when the keyspace is made; what it has is checked at each start. */
  readonly replication: Replication
  readonly levels: Levels
  /** The data centres in which processing and the batch layer may run; null: in all that have replicas. */
  readonly countingIn: readonly string[] | null
  readonly retention: CountRetention
}

export function readCassandraSettings(read: SettingsReader): CassandraSettings {
  const username = read.text('CASSANDRA_USERNAME', '')
  const password = read.secret('CASSANDRA_PASSWORD') ?? ''
  const localDataCenter = read.text('CASSANDRA_LOCAL_DC', 'datacenter1')
  const replication = read.parsed('CASSANDRA_REPLICATION', parseReplication(localDataCenter), new Map())
  const levels = readLevels(read)
  const countingIn = readCountingIn(read, replication)
  const fault = replication.size === 0 ? null : levelsFault(levels, replication, countingIn)
  if (fault !== null) read.refuse(`CASSANDRA_WRITE_CONSISTENCY and CASSANDRA_HYDRATE_CONSISTENCY: ${fault}`)
  if (username === '' && password !== '') read.refuse('CASSANDRA_PASSWORD needs a CASSANDRA_USERNAME')
  return {
    contactPoints: read.parsed('CASSANDRA_CONTACT_POINTS', parseContactPoints, []),
    localDataCenter,
    keyspace: read.parsed('CASSANDRA_KEYSPACE', parseKeyspace, ''),
    credentials: username === '' ? null : { username, password },
    tls: readCassandraTls(read),
    ...{ replication, levels, countingIn },
    retention: readCountRetention(read),
  }
}

function readLevels(read: SettingsReader): Levels {
  const { write, hydrate, query } = DEFAULT_LEVELS
  return {
    write: read.oneOf('CASSANDRA_WRITE_CONSISTENCY', write, LEVELS),
    hydrate: read.oneOf('CASSANDRA_HYDRATE_CONSISTENCY', hydrate, LEVELS),
    query: read.oneOf('CASSANDRA_QUERY_CONSISTENCY', query, LEVELS),
  }
}

function readCountingIn(read: SettingsReader, replication: Replication): readonly string[] | null {
  const wanted = read.text('CASSANDRA_COUNTING_DCS', '')
  if (wanted === '' || replication.size === 0) return null
  const centres = wanted.split(',').map((name) => name.trim())
  const unknown = centres.find((name) => !replication.has(name))
  if (unknown === undefined) return centres
  const known = Array.from(replication.keys()).join(', ')
  read.refuse(`CASSANDRA_COUNTING_DCS names ${unknown}, but CASSANDRA_REPLICATION only ${known}`)
  return null
}

/** Adds a fault unless a process that counts may run where this one does. */
export function refuseOutsideCounting(read: SettingsReader, settings: CassandraSettings): void {
  const { localDataCenter, countingIn } = settings
  if (countingIn === null || countingIn.includes(localDataCenter)) return
  read.refuse(
    `CASSANDRA_LOCAL_DC is ${localDataCenter}, but CASSANDRA_COUNTING_DCS is ${countingIn.join(',')}`,
  )
}

/** A number alone is that of the data centre in which the process is. */
function parseReplication(localDataCenter: string): (value: string | undefined) => Replication {
  return (value = '3') => {
    const parts = /^\d+$/.test(value) ? [`${localDataCenter}:${value}`] : value.split(',')
    const replication = new Map<string, number>()
    for (const part of parts) {
      const [, name, count] = /^\s*([\w.-]+):([1-9])\s*$/.exec(part) ?? []
      if (name === undefined)
        throw new Error(`must be from 1 to 9, or a list like dc1:3,dc2:3, not ${JSON.stringify(value)}`)
      if (replication.has(name)) throw new Error(`names ${name} twice`)
      replication.set(name, Number(count))
    }
    return replication
  }
}

function parseContactPoints(value = '127.0.0.1:19042'): string[] {
  const points = value.split(',').map((point) => point.trim())
  const wrong = points.find((point) => !/^[^\s:]+:\d{1,5}$/.test(point))
  if (wrong === undefined) return points
  throw new Error(`must be a list of host:port, not ${JSON.stringify(wrong)}`)
}

/** It is inserted into statements unquoted, so it must need no quotes. */
function parseKeyspace(value = 'tally'): string {
  if (/^[a-z][a-z0-9_]{0,47}$/.test(value)) return value
  throw new Error(
    `must be a lower-case name of at most 48 letters, digits and _, not ${JSON.stringify(value)}`,
  )
}

/** The driver connects by address, so it can compare a certificate with a name only if that is given. */
function readCassandraTls(read: SettingsReader): CassandraSettings['tls'] {
  const tls = readTls(read, 'CASSANDRA', Date.now())
  const servername = read.text('CASSANDRA_TLS_SERVER_NAME', '')
  if (tls === null && servername !== '') read.refuse('CASSANDRA_TLS_SERVER_NAME needs a CASSANDRA_CA_FILE')
  return tls === null || servername === '' ? tls : { ...tls, servername }
}
