// The calendar of partitions: hours are stored by month and days by year, so that no partition grows for ever.
// Periods are named by their first day, counted from the epoch. Pure.
import { DAY_MS, MINUTE_MS } from '../../../model/bucket.ts'
import type { RollupResolution } from '../rollups.ts'

/** The latest time of a Date. */
const MINUTE_MAX = 8.64e15 / MINUTE_MS

/** The first day of the month in which a time lies. */
export function monthOf(timeMs: number): number {
  const date = new Date(timeMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) / DAY_MS
}

/** The first day of the partition that holds the hour or the day. */
export function periodOf(resolution: RollupResolution, start: number): number {
  const timeMs = start * MINUTE_MS
  return resolution === 'hour' ? monthOf(timeMs) : Date.UTC(new Date(timeMs).getUTCFullYear(), 0) / DAY_MS
}

/** A minute that a timestamp can hold. */
export function storableMinute(minute: number): number {
  return Math.min(Math.max(minute, -MINUTE_MAX), MINUTE_MAX)
}
