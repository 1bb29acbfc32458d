// All settings of a processing instance on its own: one environment variable each, read once.

import { readServerSettings, type ServerSettings } from '../../lib/http/server-settings.ts'
import { type Environment, SettingsReader } from '../../lib/settings-reader.ts'
import {
  type CassandraSettings,
  readCassandraSettings,
  refuseOutsideCounting,
} from '../../stores/cassandra/cassandra-settings.ts'
import { type KafkaSettings, readKafkaSettings } from '../../stores/log/kafka/kafka-settings.ts'
import { COUNTED_LANES, type Lane } from '../../stores/log/log.ts'
import { type ObjectsSettings, readOverflowObjects } from '../../stores/objects/objects-settings.ts'
import { type RedisSettings, readRedisSettings } from '../../stores/redis/redis-settings.ts'
import { readTopsBytesMax } from '../../stores/tops/tops-settings.ts'
import type { DriverSettings } from './driver.ts'
import { readDriverSettings } from './driver-settings.ts'
import { readOverloadRule } from './overload/overload-settings.ts'
import type { OverloadRule } from './overload/rule.ts'

const DEFAULT_PORT = 18_301
const DEFAULT_DATA_DIRECTORY = './data/processing'

export type ProcessingSettings = ServerSettings & {
  readonly driver: DriverSettings
  /** The lane whose sources it counts: events in time, or the overload lane. */
  readonly lane: Lane
  /** When the overload lane is switched automatically; null: never. */
  readonly overload: OverloadRule | null
  /** Where the records of the overload lane are, for workers that count it. */
  readonly overflow: ObjectsSettings | null
  readonly kafka: KafkaSettings
  readonly cassandra: CassandraSettings
  readonly redis: RedisSettings
  /** What top lists may take in Redis. */
  readonly topsBytesMax: number
}

/** Throws a SettingsError that names every fault. */
export function readSettings(environment: Environment): ProcessingSettings {
  const read = new SettingsReader(environment)
  const redis = readRedisSettings(read)
  const kafka = readKafkaSettings(read)
  const lane = read.oneOf('LANE', 'events', COUNTED_LANES)
  const cassandra = readCassandraSettings(read)
  refuseOutsideCounting(read, cassandra)
  const settings = {
    ...readServerSettings(read, DEFAULT_PORT, { dataDirectory: DEFAULT_DATA_DIRECTORY }),
    driver: readDriverSettings(read, redis !== null),
    lane,
    overload: readOverloadRule(read),
    overflow: lane === 'events' ? null : readOverflowObjects(read, null),
    kafka: lane === 'events' ? kafka : { ...kafka, group: `${kafka.group}-overflow` },
    cassandra,
    redis,
    topsBytesMax: readTopsBytesMax(read),
  }
  read.check()
  return settings
}
