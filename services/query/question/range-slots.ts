// Cuts a range into the periods of a local clock and calendar. It calculates with a constant offset between clock
// changes, so that a year of minutes needs calendar work only for its few clock changes. Pure: the zone data is the
// runtime's own.
import { dayOf, MINUTE_MS, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { GRANULARITY_MINUTES, type Granularity, type MinuteRange } from './vocabulary.ts'

/** The part of one local period that lies in the range. */
export type Slot = MinuteRange & {
  /** Where the period itself starts: before `from` if the range begins within it. */
  readonly start: number
  /** The zone's offset from UTC at `start`, in whole minutes. */
  readonly offsetMinutes: number
}

/** Where a local period starts, and the zone's offset there. */
export type Start = { readonly start: number; readonly offsetMinutes: number }

/** Numbers periods by the minutes that a local clock without changes would count from the epoch. */
type Calendar = {
  readonly periodOf: (minute: number) => number
  readonly startOf: (period: number) => number
}

/**
 * Enough to reach back to the start of the period of the range's first minute, even if a clock change made it longer.
 */
const LOOK_BACK_PERIODS = 3
const MINUTE_NS = MINUTE_MS * 1e6
const MONTHS_PER_YEAR = 12
const EPOCH_YEAR = 1970
/** Weeks start on Monday (ISO 8601); the epoch was a Thursday. */
const EPOCH_WEEK_MINUTES = 3 * MINUTES_PER_DAY

/**
 * Every period that overlaps the range, in order. A day starts at the first instant of a local date, a week at that
 * of a Monday, a month at that of its first date; an hour, a quarter or a minute starts when the local clock shows a
 * whole one or is changed. So a day may have 23 or 25 hours, and an hour 30 minutes. Offsets with seconds (Monrovia
 * until 1972) are rounded down to whole minutes.
 * @param cutAt where a period is cut from the one before; they keep their order
 */
export function slotsOf(
  range: MinuteRange,
  granularity: Granularity,
  timeZone: string,
  cutAt: (start: Start) => number = ({ start }) => start,
): Slot[] {
  const starts = [...localStarts(range, granularity, timeZone)]
  const cuts = starts.map(cutAt)
  return starts
    .map((start, at) => ({
      ...start,
      from: Math.max(cuts[at]!, range.from),
      to: Math.min(cuts[at + 1] ?? range.to, range.to),
    }))
    .filter(({ from, to }) => from < to)
}

/** The range as one slot; no slot if it is empty. */
export function wholeSlot(range: MinuteRange): Slot[] {
  return range.from < range.to ? [{ ...range, start: range.from, offsetMinutes: 0 }] : []
}

/** Whether periods follow the local dates, and so may differ in length. */
export function isByDate(granularity: Granularity): boolean {
  return GRANULARITY_MINUTES[granularity] >= MINUTES_PER_DAY
}

/** The UTC midnight of the local date of a minute. */
export function localDayOf(minute: number, timeZone: string): number {
  return dayOf(minute + offsetAt(minute, timeZone))
}

/** The UTC midnight at which the local date of the last minute before this one ends. */
export function localDayEnd(minute: number, timeZone: string): number {
  return localDayOf(minute - 1, timeZone) + MINUTES_PER_DAY
}

function offsetAt(minute: number, timeZone: string): number {
  return offsetOf(new Temporal.ZonedDateTime(BigInt(minute) * BigInt(MINUTE_NS), timeZone))
}

function offsetOf(local: Temporal.ZonedDateTime): number {
  return Math.floor(local.offsetNanoseconds / MINUTE_NS)
}

/** The canonical form of a zone's id; null if the runtime does not know the zone. */
export function timeZoneId(id: string): string | null {
  try {
    return new Temporal.ZonedDateTime(0n, id).timeZoneId
  } catch {
    return null
  }
}

function* localStarts(range: MinuteRange, granularity: Granularity, timeZone: string): Generator<Start> {
  const { periodOf, startOf } = calendarOf(granularity)
  const walk = { from: range.from - LOOK_BACK_PERIODS * GRANULARITY_MINUTES[granularity], to: range.to }
  let newest = Number.NEGATIVE_INFINITY
  for (const { from, to, offsetMinutes } of constantOffsets(walk, timeZone)) {
    let period = periodOf(from + offsetMinutes)
    for (let start = from; start < to; start = startOf(++period) - offsetMinutes) {
      if (isByDate(granularity) && period <= newest) continue // a clock that is set back does not repeat a date
      newest = period
      yield { start, offsetMinutes }
    }
  }
}

function calendarOf(granularity: Granularity): Calendar {
  if (granularity === 'P1M') return MONTHS
  const length = GRANULARITY_MINUTES[granularity]
  const shift = granularity === 'P1W' ? EPOCH_WEEK_MINUTES : 0
  return {
    periodOf: (minute) => Math.floor((minute + shift) / length),
    startOf: (period) => period * length - shift,
  }
}

const MONTHS: Calendar = {
  periodOf: (minute) => {
    const date = new Date(minute * MINUTE_MS)
    return (date.getUTCFullYear() - EPOCH_YEAR) * MONTHS_PER_YEAR + date.getUTCMonth()
  },
  startOf: (period) => Date.UTC(EPOCH_YEAR, period) / MINUTE_MS,
}

function* constantOffsets(range: MinuteRange, timeZone: string): Generator<MinuteRange & Start> {
  let local = new Temporal.ZonedDateTime(BigInt(range.from) * BigInt(MINUTE_NS), timeZone)
  let from = range.from
  while (from < range.to) {
    const change = local.getTimeZoneTransition('next')
    const to = Math.min(
      range.to,
      change === null ? range.to : Math.floor(change.epochMilliseconds / MINUTE_MS),
    )
    yield { from, to, start: from, offsetMinutes: offsetOf(local) }
    local = change ?? local
    from = to
  }
}
