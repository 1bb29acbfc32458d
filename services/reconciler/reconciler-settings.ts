// The settings and bounds of the batch layer.

import { MIB } from '../../lib/byte-units.ts'
import { readDimensions } from '../../lib/dimension-settings.ts'
import { readCountedWindow, readRetentionMs } from '../../lib/event-window.ts'
import { RETRY_POLICY } from '../../lib/retry.ts'
import type { SettingsReader } from '../../lib/settings-reader.ts'
import { readUnknownSchemas, type UnknownSchemas } from '../../lib/unknown-schemas.ts'
import { DAY_MS, MINUTE_MS } from '../../model/bucket.ts'
import type { CountRetention } from '../../model/retention.ts'
import { type RecountEngineSettings, readRecountEngine } from '../../stores/archive/spark/spark-settings.ts'
import type { KeepingSettings } from './archiving/archive-maintenance.ts'
import { RESERVED_DIMENSIONS } from './questions/reserved-dimensions.ts'
import type { ReconcilerSettings } from './reconciler.ts'
import { PATIENCE_MS } from './recount/carry-out.ts'
import type { ShareBounds } from './recount/recount-plan.ts'

/** How far the clocks of servers may differ, plus how long a slow answer may take. */
const CLOSING_SLACK_MS = 2 * MINUTE_MS
/** How much longer than their retention raw events stay, so that no running recount needs them. */
const PURGE_SLACK_MS = DAY_MS
/** Less is not worth the coordination; more takes a long time, and is done again if a process dies. */
const SHARES: ShareBounds = { shareBytesMin: 64 * MIB, shareBytesMax: 256 * MIB }
/** On Spark: what it takes to start is worth more. */
const SPARK_SHARES: ShareBounds = { shareBytesMin: 1_024 * MIB, shareBytesMax: 65_536 * MIB }

export type BatchSettings = ReconcilerSettings &
  KeepingSettings & {
    /** A recount that is further behind makes the process not ready; null: never. */
    readonly behindMaxMs: number | null
    readonly recountMiB: number
    readonly recountThreads: number
    readonly recountEngine: RecountEngineSettings
    readonly unknownSchemas: UnknownSchemas
  }

export function readBatchSettings(read: SettingsReader, kept: CountRetention): BatchSettings {
  const behindMaxS = read.wholeNumber('RECONCILE_BEHIND_MAX_S', 3_600, { least: 0, most: 30 * 86_400 })
  const recountThreads = read.wholeNumber('RECOUNT_THREADS', 1, { least: 1, most: 64 })
  const recountEngine = readRecountEngine(read, recountThreads)
  return {
    ...readCountedWindow(read),
    slackMs: CLOSING_SLACK_MS,
    minutesKeptMs: kept.minutesMs,
    ...sharingOn(recountEngine),
    hoursKeptMs: kept.hoursMs,
    flushIntervalMs: read.wholeNumber('ARCHIVE_FLUSH_MS', MINUTE_MS, { least: 100, most: 60 * MINUTE_MS }),
    lateFlushIntervalMs: read.wholeNumber('ARCHIVE_LATE_FLUSH_MS', 10_000, {
      least: 100,
      most: 60 * MINUTE_MS,
    }),
    flushBytesMax: 4 << 20,
    readBytesMax: 256 << 10,
    idleWaitMs: 1_000,
    retry: RETRY_POLICY,
    runIntervalMs: read.wholeNumber('RECONCILE_INTERVAL_MS', MINUTE_MS, { least: 100, most: DAY_MS }),
    rawKeptMs: readRetentionMs(read) + PURGE_SLACK_MS,
    behindMaxMs: behindMaxS === 0 ? null : behindMaxS * 1_000,
    recountMiB: read.wholeNumber('RECOUNT_MIB_MAX', 512, { least: 64, most: 1 << 20 }),
    recountThreads,
    recountEngine,
    unknownSchemas: readUnknownSchemas(read),
    dimensions: readDimensions(read, RESERVED_DIMENSIONS),
    dimensionValuesMax: read.wholeNumber('DIMENSION_VALUES_MAX', 1_000, { least: 1, most: 100_000 }),
  }
}

/** Who waits for a share of another process waits at least as long as its engine may take. */
function sharingOn(engine: RecountEngineSettings): Pick<BatchSettings, 'shares' | 'patienceMs'> {
  if (engine.kind === 'duckdb') return { shares: SHARES, patienceMs: PATIENCE_MS }
  return { shares: SPARK_SHARES, patienceMs: engine.spark.timeoutMs + PATIENCE_MS }
}
