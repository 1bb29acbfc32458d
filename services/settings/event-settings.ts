// What the front door and the core of counting must agree on, and the bounds of each.
import { EVENT_LIMITS, type EventLimits } from '../partitioner/limits.ts'
import { NEW_VIDEOS_PER_MINUTE_MOST } from '../partitioner/new-videos.ts'
import type { DriverSettings } from '../processing/driver.ts'
import type { SettingsReader } from './settings-reader.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const MIB = 1 << 20

/** How far the clocks of servers may differ. */
const CLOCK_SLACK_MS = MINUTE_MS

type Window = { readonly horizonMs: number; readonly aheadMs: number }

function readWindow(read: SettingsReader): Window {
  return {
    horizonMs: read.wholeNumber('HORIZON_MS', 10 * MINUTE_MS, { least: MINUTE_MS, most: 24 * HOUR_MS }),
    aheadMs: read.wholeNumber('AHEAD_MS', MINUTE_MS, { least: 0, most: HOUR_MS }),
  }
}

export function readRetentionMs(read: SettingsReader): number {
  return read.wholeNumber('RAW_RETENTION_HOURS', 168, { least: 48, most: 8_760 }) * HOUR_MS
}

/** @param newVideosDefault per minute; 0 for no limit */
export function readEventLimits(read: SettingsReader, newVideosDefault = 0): EventLimits {
  const eventsPerSecond = read.wholeNumber('EVENTS_PER_SECOND_MAX', 0, { least: 0, most: 1e9 })
  const newVideos = read.wholeNumber('NEW_VIDEOS_PER_MINUTE_MAX', newVideosDefault, {
    least: 0,
    most: NEW_VIDEOS_PER_MINUTE_MOST,
  })
  return {
    ...EVENT_LIMITS,
    ...readWindow(read),
    retentionMs: readRetentionMs(read),
    lingerMs: read.wholeNumber('LINGER_MS', EVENT_LIMITS.lingerMs, { least: 0, most: 1_000 }),
    inFlightBytesMax: read.wholeNumber('IN_FLIGHT_MIB_MAX', 64, { least: 1, most: 4_096 }) * MIB,
    eventsPerSecondMax: eventsPerSecond === 0 ? null : eventsPerSecond,
    newVideosPerMinuteMax: newVideos === 0 ? null : newVideos,
  }
}

export function readDriverSettings(read: SettingsReader, hints: boolean): DriverSettings {
  const { horizonMs, aheadMs } = readWindow(read)
  return {
    horizonMs,
    aheadMs: aheadMs + CLOCK_SLACK_MS,
    flushIntervalMs: read.wholeNumber('FLUSH_INTERVAL_MS', 1_000, { least: 10, most: MINUTE_MS }),
    flushRowsMax: 20_000,
    writersMax: 2,
    queueRowsMax: 100_000,
    totalsRowsMax: read.wholeNumber('TOTALS_ROWS_MAX', 500_000, { least: 0, most: 1e8 }),
    hints,
    readBytesMax: 256 << 10,
    idleWaitMs: 250,
    retry: { baseMs: 50, capMs: 5_000 },
    snapshotIntervalMs: read.wholeNumber('SNAPSHOT_INTERVAL_MS', MINUTE_MS, { least: 1_000, most: HOUR_MS }),
    snapshotBytesMax: 128 * MIB,
  }
}
