// All settings of a partitioner on its own: one environment variable each, read once.

import { MIB } from '../../lib/byte-units.ts'
import {
  BALANCED_DRAIN_MS,
  readServerSettings,
  type ServerDefaults,
  type ServerSettings,
} from '../../lib/http/server-settings.ts'
import { type Environment, SettingsReader } from '../../lib/settings-reader.ts'
import { type KafkaSettings, readAcks, readKafkaSettings } from '../../stores/log/kafka/kafka-settings.ts'
import { type ObjectsSettings, readOverflowObjects } from '../../stores/objects/objects-settings.ts'
import { type RedisSettings, readRedisSettings } from '../../stores/redis/redis-settings.ts'
import { readEventLimits, readSplitRule } from './event-limits-settings.ts'
import type { SplitRule } from './hot-videos/split-policy.ts'
import type { EventLimits } from './limits.ts'
import type { ViewerRules } from './viewer.ts'
import { readViewerRules } from './viewer-settings.ts'

const DEFAULT_PORT = 18_101
const SERVER_DEFAULTS: ServerDefaults = { dataDirectory: './data/partitioner', drainMs: BALANCED_DRAIN_MS }
/**
 * For one tenant, in each partitioner: far more than the videos that become active in a minute, and few enough for
 * memory.
 */
const NEW_VIDEOS_PER_MINUTE_MAX = 100_000

export type PartitionerSettings = ServerSettings & {
  readonly spoolBytesMax: number
  /** How long an event waits for Kafka before it goes to the spool. */
  readonly appendTimeoutMs: number
  readonly limits: EventLimits
  readonly hotVideos: SplitRule | null
  readonly viewers: ViewerRules
  readonly kafka: KafkaSettings
  readonly overflow: ObjectsSettings | null
  readonly redis: RedisSettings
}

/** Throws a SettingsError that names every fault. */
export function readSettings(environment: Environment): PartitionerSettings {
  const read = new SettingsReader(environment)
  const server = readServerSettings(read, DEFAULT_PORT, SERVER_DEFAULTS)
  const settings = {
    ...server,
    spoolBytesMax: read.wholeNumber('SPOOL_MIB_MAX', 4_096, { least: 1, most: 1 << 24 }) * MIB,
    appendTimeoutMs: read.wholeNumber('APPEND_TIMEOUT_MS', 1_000, { least: 50, most: 60_000 }),
    limits: readEventLimits(read, NEW_VIDEOS_PER_MINUTE_MAX),
    hotVideos: readSplitRule(read),
    viewers: readViewerRules(read, server),
    kafka: { ...readKafkaSettings(read), acks: readAcks(read) },
    overflow: readOverflowObjects(read, null),
    redis: readRedisSettings(read),
  }
  read.check()
  return settings
}
