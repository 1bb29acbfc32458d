// Every setting of the standalone process: an environment variable each, read once.
import { join } from 'node:path'
import { MIB } from '../../lib/byte-units.ts'
import { readRetentionMs } from '../../lib/event-window.ts'
import type { QueryRateSettings } from '../../lib/http/query-rate.ts'
import { readQueryRate } from '../../lib/http/query-rate-settings.ts'
import { readServerSettings, type ServerSettings } from '../../lib/http/server-settings.ts'
import { readCountRetention } from '../../lib/retention-settings.ts'
import { type Environment, SettingsReader } from '../../lib/settings-reader.ts'
import type { CountRetention } from '../../model/retention.ts'
import { readWantedLayout, type WantedLayout } from '../../stores/layouts/layout-settings.ts'
import type { Retention } from '../../stores/log/embedded/embedded-log.ts'
import {
  type ObjectsSettings,
  readObjectsSettings,
  readOverflowObjects,
} from '../../stores/objects/objects-settings.ts'
import { readTopsBytesMax } from '../../stores/tops/tops-settings.ts'
import { readEventLimits, readSplitRule } from '../partitioner/event-limits-settings.ts'
import type { SplitRule } from '../partitioner/hot-videos/split-policy.ts'
import type { EventLimits } from '../partitioner/limits.ts'
import type { ViewerRules } from '../partitioner/viewer.ts'
import { readViewerRules } from '../partitioner/viewer-settings.ts'
import type { DriverSettings } from '../processing/driver.ts'
import { readDriverSettings } from '../processing/driver-settings.ts'
import type { LiveLimits } from '../query/live/live-limits.ts'
import { readLiveLimits } from '../query/live/live-settings.ts'
import { type AlertSettings, readAlertSettings } from '../reconciler/alerts/alert-settings.ts'
import { type ProbeSettings, readProbeSettings } from '../reconciler/probe/probe-settings.ts'
import { type BatchSettings, readBatchSettings } from '../reconciler/reconciler-settings.ts'
import { WORKERS_MOST } from './workers.ts'

const DEFAULT_PORT = 8080
const DEFAULT_DATA_DIRECTORY = './data'
const DEFAULT_PARTITIONS = 4

export type StandaloneSettings = ServerSettings & {
  readonly layout: WantedLayout
  readonly rawRetention: Retention
  readonly limits: EventLimits
  readonly hotVideos: SplitRule | null
  readonly viewers: ViewerRules
  readonly driver: DriverSettings
  readonly live: LiveLimits
  readonly rate: QueryRateSettings
  /** Of counts. */
  readonly retention: CountRetention
  /** What top lists may take in memory. */
  readonly topsBytesMax: number
  readonly batch: BatchSettings
  /** Where raw events are archived. */
  readonly objects: ObjectsSettings
  readonly overflow: ObjectsSettings | null
  readonly probe: ProbeSettings | null
  /** Threads that read bodies, and as many that write the archive. 1: bodies are read by the main thread. */
  readonly workers: number
  readonly alerts: AlertSettings
}

/** Throws a SettingsError that names every fault. */
export function readSettings(environment: Environment): StandaloneSettings {
  const read = new SettingsReader(environment)
  const mebibytesMax = read.wholeNumber('RAW_MIB_PER_PARTITION_MAX', 64 * 1024, { least: 64, most: 1 << 30 })
  const server = readServerSettings(read, DEFAULT_PORT, { dataDirectory: DEFAULT_DATA_DIRECTORY })
  const retention = readCountRetention(read)
  const { dataDirectory } = server
  const settings = {
    ...server,
    objects: readObjectsSettings(read, dataDirectory),
    layout: {
      ...readWantedLayout(read, DEFAULT_PARTITIONS),
      overflow: read.oneOf('OVERFLOW', 'off', ['on', 'off']) === 'on',
    },
    overflow: readOverflowObjects(read, join(dataDirectory, 'overflow')),
    rawRetention: { ageMs: readRetentionMs(read), bytesMax: mebibytesMax * MIB },
    limits: readEventLimits(read),
    hotVideos: readSplitRule(read),
    viewers: readViewerRules(read, server),
    driver: readDriverSettings(read, false),
    live: readLiveLimits(read),
    rate: readQueryRate(read),
    retention,
    topsBytesMax: readTopsBytesMax(read),
    batch: readBatchSettings(read, retention),
    probe: readProbeSettings(read, server.apiKeys.length > 0),
    workers: read.wholeNumber('WORKERS', 1, { least: 1, most: WORKERS_MOST }),
    alerts: readAlertSettings(read),
  }
  read.check()
  return settings
}
