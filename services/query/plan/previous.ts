// The period that a range is compared with. Pure: the zone data is the runtime's own.
import { MINUTE_MS } from '../../../model/bucket.ts'
import { isByDate } from '../question/range-slots.ts'
import type { Granularity, MinuteRange } from '../question/vocabulary.ts'

/**
 * The equally long period before, but none of it before the epoch. Its length is measured in minutes if the range is
 * cut into hours or less, in months and days if it is cut into months, else in days and minutes. The calendar is that
 * of the time zone, so that a week of 169 hours is compared with the whole week before, and March with February.
 */
export function previousRange(
  { from, to }: MinuteRange,
  granularity: Granularity | null,
  timeZone: string,
): MinuteRange {
  const start =
    granularity === null || isByDate(granularity)
      ? dateBefore(from, to, granularity === 'P1M' ? 'months' : 'days', timeZone)
      : from - (to - from)
  return { from: Math.max(0, start), to: from }
}

function dateBefore(from: number, to: number, largestUnit: 'months' | 'days', timeZone: string): number {
  const [start, end] = [localTime(from, timeZone), localTime(to, timeZone)]
  return Math.floor(start.subtract(start.until(end, { largestUnit })).epochMilliseconds / MINUTE_MS)
}

function localTime(minute: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(minute * MINUTE_MS).toZonedDateTimeISO(timeZone)
}
