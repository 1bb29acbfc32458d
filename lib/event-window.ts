// The time window in which events are counted live. The front door, processing and the batch layer must agree on it.

import { HOUR_MS, MINUTE_MS } from '../model/bucket.ts'
import { AHEAD_MS_MAX } from '../model/naming.ts'
import type { SettingsReader } from './settings-reader.ts'

/** How far the clocks of servers may differ. */
const CLOCK_SLACK_MS = MINUTE_MS

export type EventWindow = {
  /** An event older than this is late. */
  readonly horizonMs: number
  /** How far ahead of the clock an event's time may be. */
  readonly aheadMs: number
}

/** For the front door, which judges events by its own clock. */
export function readEventWindow(read: SettingsReader): EventWindow {
  return {
    horizonMs: read.wholeNumber('HORIZON_MS', 10 * MINUTE_MS, { least: MINUTE_MS, most: 24 * HOUR_MS }),
    aheadMs: read.wholeNumber('AHEAD_MS', MINUTE_MS, { least: 0, most: AHEAD_MS_MAX }),
  }
}

/** For processing, which judges events by log time: the clock of a front door may be ahead of the log's. */
export function readCountedWindow(read: SettingsReader): EventWindow {
  const { horizonMs, aheadMs } = readEventWindow(read)
  return { horizonMs, aheadMs: aheadMs + CLOCK_SLACK_MS }
}

export function readRetentionMs(read: SettingsReader): number {
  return read.wholeNumber('RAW_RETENTION_HOURS', 168, { least: 48, most: 8_760 }) * HOUR_MS
}
