// All settings of a process of the batch layer on its own: one environment variable each, read once.

import type { QueryRateSettings } from '../../lib/http/query-rate.ts'
import { readQueryRate } from '../../lib/http/query-rate-settings.ts'
import {
  BALANCED_DRAIN_MS,
  readServerSettings,
  type ServerDefaults,
  type ServerSettings,
} from '../../lib/http/server-settings.ts'
import { type Environment, SettingsReader } from '../../lib/settings-reader.ts'
import {
  type CassandraSettings,
  readCassandraSettings,
  refuseOutsideCounting,
} from '../../stores/cassandra/cassandra-settings.ts'
import { type KafkaSettings, readKafkaSettings } from '../../stores/log/kafka/kafka-settings.ts'
import {
  type ObjectsSettings,
  readObjectsSettings,
  readOverflowObjects,
} from '../../stores/objects/objects-settings.ts'
import { type RedisSettings, readRedisSettings } from '../../stores/redis/redis-settings.ts'
import { readTopsBytesMax } from '../../stores/tops/tops-settings.ts'
import { type AlertSettings, readAlertSettings } from './alerts/alert-settings.ts'
import { type ProbeSettings, readProbeSettings } from './probe/probe-settings.ts'
import { type BatchSettings, readBatchSettings } from './reconciler-settings.ts'

const DEFAULT_PORT = 18_401
const SERVER_DEFAULTS: ServerDefaults = { dataDirectory: './data/reconciler', drainMs: BALANCED_DRAIN_MS }

export type ReconcilerServiceSettings = ServerSettings & {
  readonly objects: ObjectsSettings
  readonly overflow: ObjectsSettings | null
  readonly batch: BatchSettings
  readonly probe: ProbeSettings | null
  readonly alerts: AlertSettings
  /** The front door and the queries, as clients reach them; null: no probe. */
  readonly probeUrl: string | null
  /** The consumer group by which these processes share the sources to archive. */
  readonly group: string
  readonly kafka: KafkaSettings
  readonly cassandra: CassandraSettings
  readonly redis: RedisSettings
  /** What top lists may take in Redis. */
  readonly topsBytesMax: number
  readonly rate: QueryRateSettings
}

/** Throws a SettingsError that names every fault. */
export function readSettings(environment: Environment): ReconcilerServiceSettings {
  const read = new SettingsReader(environment)
  const server = readServerSettings(read, DEFAULT_PORT, SERVER_DEFAULTS)
  const cassandra = readCassandraSettings(read)
  refuseOutsideCounting(read, cassandra)
  const settings = {
    ...server,
    objects: readObjectsSettings(read, server.dataDirectory),
    overflow: readOverflowObjects(read, null),
    batch: readBatchSettings(read, cassandra.retention),
    probe: readProbeSettings(read, server.apiKeys.length > 0),
    alerts: readAlertSettings(read),
    probeUrl: readProbeUrl(read),
    group: read.text('KAFKA_ARCHIVE_GROUP', 'tally-archive'),
    kafka: readKafkaSettings(read),
    cassandra,
    redis: readRedisSettings(read),
    topsBytesMax: readTopsBytesMax(read),
    rate: readQueryRate(read),
  }
  read.check()
  return settings
}

/** A process that runs apart has no address of its own to probe. */
function readProbeUrl(read: SettingsReader): string | null {
  const url = read.parsed('PROBE_URL', parseUrl, null)
  const isWanted = read.text('PROBE_INTERVAL_S', '0') !== '0'
  if (url === null && isWanted) read.refuse('PROBE_INTERVAL_S needs a PROBE_URL: what is to be probed')
  return url
}

function parseUrl(value: string | undefined): string | null {
  if (value === undefined) return null
  if (/^https?:$/.test(URL.parse(value)?.protocol ?? '')) return value
  throw new Error('must be an http:// or https:// URL')
}
