// All settings of a query service on its own: one environment variable each, read once.

import { readCountedWindow } from '../../lib/event-window.ts'
import type { QueryRateSettings } from '../../lib/http/query-rate.ts'
import { readQueryRate } from '../../lib/http/query-rate-settings.ts'
import {
  BALANCED_DRAIN_MS,
  readServerSettings,
  type ServerDefaults,
  type ServerSettings,
} from '../../lib/http/server-settings.ts'
import { type Environment, SettingsReader } from '../../lib/settings-reader.ts'
import { type CassandraSettings, readCassandraSettings } from '../../stores/cassandra/cassandra-settings.ts'
import { type KafkaSettings, readKafkaSettings } from '../../stores/log/kafka/kafka-settings.ts'
import { type RedisSettings, readRedisSettings } from '../../stores/redis/redis-settings.ts'
import { readEventLimits } from '../partitioner/event-limits-settings.ts'
import type { EventLimits } from '../partitioner/limits.ts'
import type { LiveLimits } from './live/live-limits.ts'
import { readLiveLimits } from './live/live-settings.ts'

const DEFAULT_PORT = 18_201
const SERVER_DEFAULTS: ServerDefaults = { dataDirectory: './data/query', drainMs: BALANCED_DRAIN_MS }

export type QuerySettings = ServerSettings & {
  /** The limits of the front door, which replayed dead letters go through. */
  readonly limits: EventLimits
  /** How old an event may be, by log time, and still change an answer. */
  readonly horizonMs: number
  /** How far ahead of log time an event may be. */
  readonly aheadMs: number
  readonly kafka: KafkaSettings
  readonly cassandra: CassandraSettings
  readonly redis: RedisSettings
  readonly live: LiveLimits
  readonly rate: QueryRateSettings
}

/** Throws a SettingsError that names every fault. */
export function readSettings(environment: Environment): QuerySettings {
  const read = new SettingsReader(environment)
  const settings = {
    ...readServerSettings(read, DEFAULT_PORT, SERVER_DEFAULTS),
    limits: readEventLimits(read),
    ...readCountedWindow(read),
    kafka: readKafkaSettings(read),
    cassandra: readCassandraSettings(read),
    redis: readRedisSettings(read),
    live: readLiveLimits(read),
    rate: readQueryRate(read),
  }
  read.check()
  return settings
}
