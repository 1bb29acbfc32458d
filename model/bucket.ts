// A bucket is what is counted: one (tenant, video, type, minute). Minutes are whole minutes since the epoch, UTC.

export const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
export const MINUTES_PER_HOUR = 60
export const MINUTES_PER_DAY = 1_440

/** One line of counting through time: all buckets of one video and one event type. */
export type Series = { readonly tenant: string; readonly videoId: string; readonly type: string }

export type VideoName = Pick<Series, 'tenant' | 'videoId'>

export type Bucket = Series & { readonly minute: number }

/** The minute, counted from the epoch, in which a time in epoch milliseconds falls. */
export function minuteOf(timeMs: number): number {
  return Math.floor(timeMs / MINUTE_MS)
}

/** The minute at which the hour of a minute begins. */
export function hourOf(minute: number): number {
  return Math.floor(minute / MINUTES_PER_HOUR) * MINUTES_PER_HOUR
}

/** The minute at which the UTC day of a minute begins. */
export function dayOf(minute: number): number {
  return Math.floor(minute / MINUTES_PER_DAY) * MINUTES_PER_DAY
}
