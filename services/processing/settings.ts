// Every setting of a processing instance that runs apart: an environment variable each, read once.
import { type CassandraSettings, readCassandraSettings } from '../settings/cassandra-settings.ts'
import { readDriverSettings } from '../settings/event-settings.ts'
import { type KafkaSettings, readKafkaSettings } from '../settings/kafka-settings.ts'
import { type RedisSettings, readRedisSettings } from '../settings/redis-settings.ts'
import { readServerSettings, type ServerSettings } from '../settings/server-settings.ts'
import { type Environment, SettingsReader } from '../settings/settings-reader.ts'
import type { DriverSettings } from './driver.ts'

const DEFAULT_PORT = 18_301

export type ProcessingSettings = ServerSettings & {
  /** Of this process alone: snapshots are in it. */
  readonly dataDirectory: string
  readonly driver: DriverSettings
  readonly kafka: KafkaSettings
  readonly cassandra: CassandraSettings
  readonly redis: RedisSettings
}

/** Throws a SettingsError that names every fault. */
export function readSettings(environment: Environment): ProcessingSettings {
  const read = new SettingsReader(environment)
  const redis = readRedisSettings(read)
  const settings = {
    ...readServerSettings(read, DEFAULT_PORT),
    dataDirectory: read.text('DATA_DIR', './data/processing'),
    driver: readDriverSettings(read, redis !== null),
    kafka: readKafkaSettings(read),
    cassandra: readCassandraSettings(read),
    redis,
  }
  read.check()
  return settings
}
