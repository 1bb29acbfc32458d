// Where Cassandra is, how to sign in, and how long counts are kept.
import { readFileSync } from 'node:fs'
import { readCountRetention } from '../../lib/retention-settings.ts'
import type { SettingsReader } from '../../lib/settings-reader.ts'
import type { CountRetention } from '../../model/retention.ts'

export type CassandraSettings = {
  /** `host:port` of some nodes; the others are learned from them. */
  readonly contactPoints: readonly string[]
  readonly localDataCenter: string
  readonly keyspace: string
  readonly credentials: { readonly username: string; readonly password: string } | null
  /** The certificates to trust, PEM; null without TLS. */
  readonly authorities: Buffer | null
  /** Replicas of each row, in each data centre. Used once, when the keyspace is made. */
  readonly replication: number
  readonly retention: CountRetention
}

export function readCassandraSettings(read: SettingsReader): CassandraSettings {
  const username = read.text('CASSANDRA_USERNAME', '')
  const password = read.text('CASSANDRA_PASSWORD', '')
  if (username === '' && password !== '') read.refuse('CASSANDRA_PASSWORD needs a CASSANDRA_USERNAME')
  return {
    contactPoints: read.parsed('CASSANDRA_CONTACT_POINTS', parseContactPoints, []),
    localDataCenter: read.text('CASSANDRA_LOCAL_DC', 'datacenter1'),
    keyspace: read.parsed('CASSANDRA_KEYSPACE', parseKeyspace, ''),
    credentials: username === '' ? null : { username, password },
    authorities: read.parsed('CASSANDRA_CA_FILE', readAuthorities, null),
    replication: read.wholeNumber('CASSANDRA_REPLICATION', 3, { least: 1, most: 9 }),
    retention: readCountRetention(read),
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

function readAuthorities(path: string | undefined): Buffer | null {
  return path === undefined ? null : readFileSync(path)
}
