// The time window in which events are counted live. The front door, processing and the batch layer must agree on it.

import { HOUR_MS, MINUTE_MS } from '../model/bucket.ts'
import type { EarlierHorizon, Horizons } from '../model/horizons.ts'
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
export function readCountedWindow(read: SettingsReader): EventWindow & Horizons {
  const { horizonMs, aheadMs } = readEventWindow(read)
  const earlierHorizons = readEarlierHorizons(read)
  return { horizonMs, aheadMs: aheadMs + CLOCK_SLACK_MS, ...(earlierHorizons && { earlierHorizons }) }
}

/** A shorter horizon, and until which log time it held; null where none is named. */
function readEarlierHorizons(read: SettingsReader): readonly EarlierHorizon[] | null {
  const text = read.text('HORIZON_BEFORE', '')
  if (text === '') return null
  const [, horizonMs, until] = /^(\d{1,9})@(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?Z)$/.exec(text) ?? []
  const untilMs = Date.parse(until ?? '')
  if (!Number.isNaN(untilMs)) return [{ horizonMs: Number(horizonMs), untilMs }]
  read.refuse(`HORIZON_BEFORE must be like 600000@2026-12-03T12:00Z, not "${text}"`)
  return null
}

export function readRetentionMs(read: SettingsReader): number {
  return read.wholeNumber('RAW_RETENTION_HOURS', 168, { least: 48, most: 8_760 }) * HOUR_MS
}
