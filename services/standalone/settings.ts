// Every setting of the standalone process: an environment variable each, read once.
import type { WantedLayout } from '../adapters/layouts/file-layouts.ts'
import { type ApiKeys, NO_KEYS, parseApiKeys } from '../http/api-keys.ts'
import { EVENT_LIMITS, type EventLimits } from '../partitioner/limits.ts'
import type { DriverSettings } from '../processing/driver.ts'
import { type Environment, SettingsReader } from '../settings/settings-reader.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const MIB = 1 << 20
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const

export type StandaloneSettings = {
  readonly host: string
  readonly port: number
  readonly dataDirectory: string
  readonly logLevel: (typeof LOG_LEVELS)[number]
  /** Addresses of balancers whose forwarding headers are believed. */
  readonly trustProxy: readonly string[]
  readonly keys: ApiKeys
  readonly layout: WantedLayout
  readonly rawRetention: { readonly ageMs: number; readonly bytesMax: number }
  readonly shutdownTimeoutMs: number
  readonly limits: EventLimits
  readonly driver: DriverSettings
}

/** Throws a SettingsError that names every fault. */
export function readSettings(environment: Environment): StandaloneSettings {
  const read = new SettingsReader(environment)
  const horizonMs = read.wholeNumber('HORIZON_MS', 10 * MINUTE_MS, { least: MINUTE_MS, most: 24 * HOUR_MS })
  const aheadMs = read.wholeNumber('AHEAD_MS', MINUTE_MS, { least: 0, most: HOUR_MS })
  const rawAgeMs = read.wholeNumber('RAW_RETENTION_HOURS', 168, { least: 48, most: 8_760 }) * HOUR_MS
  const eventsPerSecond = read.wholeNumber('EVENTS_PER_SECOND_MAX', 0, { least: 0, most: 1e9 })
  const settings: StandaloneSettings = {
    host: read.text('HOST', 'localhost'),
    port: read.wholeNumber('PORT', 8080, { least: 0, most: 65_535 }),
    dataDirectory: read.text('DATA_DIR', './data'),
    logLevel: read.oneOf('LOG_LEVEL', 'warn', LOG_LEVELS),
    trustProxy: read.text('TRUST_PROXY', '').split(',').filter(Boolean),
    keys: read.parsed('API_KEYS', parseApiKeys, NO_KEYS),
    layout: {
      partitions: read.wholeNumber('PARTITIONS', 4, { least: 1, most: 1_024 }),
      splits: read.counts('SPLIT_VIDEOS'),
      dedicated: read.counts('DEDICATED_CHANNELS'),
    },
    rawRetention: {
      ageMs: rawAgeMs,
      bytesMax: read.wholeNumber('RAW_MIB_PER_PARTITION_MAX', 64 * 1024, { least: 64, most: 1 << 30 }) * MIB,
    },
    shutdownTimeoutMs: read.wholeNumber('SHUTDOWN_TIMEOUT_MS', 10_000, { least: 100, most: 600_000 }),
    limits: {
      ...EVENT_LIMITS,
      horizonMs,
      aheadMs,
      retentionMs: rawAgeMs,
      lingerMs: read.wholeNumber('LINGER_MS', EVENT_LIMITS.lingerMs, { least: 0, most: 1_000 }),
      inFlightBytesMax: read.wholeNumber('IN_FLIGHT_MIB_MAX', 64, { least: 1, most: 4_096 }) * MIB,
      eventsPerSecondMax: eventsPerSecond === 0 ? null : eventsPerSecond,
    },
    driver: {
      horizonMs,
      aheadMs: aheadMs + MINUTE_MS, // what the clocks of servers may differ
      flushIntervalMs: read.wholeNumber('FLUSH_INTERVAL_MS', 1_000, { least: 10, most: MINUTE_MS }),
      flushRowsMax: 20_000,
      writersMax: 2,
      queueRowsMax: 100_000,
      totalsRowsMax: read.wholeNumber('TOTALS_ROWS_MAX', 500_000, { least: 0, most: 1e8 }),
      hints: false,
      readBytesMax: 256 << 10,
      idleWaitMs: 250,
      retry: { baseMs: 50, capMs: 5_000 },
      snapshotIntervalMs: read.wholeNumber('SNAPSHOT_INTERVAL_MS', MINUTE_MS, {
        least: 1_000,
        most: HOUR_MS,
      }),
      snapshotBytesMax: 128 * MIB,
    },
  }
  read.check()
  return settings
}
