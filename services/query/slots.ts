// Cuts a range into the periods of a local clock. Arithmetic within stretches of constant offset, so that a
// year of minutes costs no more calendar work than its few clock changes. Pure: the zone data is the
// runtime's own.
import { MINUTE_MS, MINUTES_PER_DAY } from '../model/bucket.ts'
import { GRANULARITY_MINUTES, type Granularity, type MinuteRange } from './vocabulary.ts'

/** The part of one local period that lies in the range. */
export type Slot = MinuteRange & {
  /** Where the period itself starts: before `from` where the range cuts it. */
  readonly start: number
  /** The zone's offset from UTC at `start`, in whole minutes. */
  readonly offsetMinutes: number
}

type Start = { readonly start: number; readonly offsetMinutes: number }

/**
 * Enough to meet the start of the period that holds the range's first minute, however long the clock made it.
 */
const LOOK_BACK_PERIODS = 3
const MINUTE_NS = MINUTE_MS * 1e6

/**
 * Every period that overlaps the range, in order. A day starts at the first instant of a local date, and an
 * hour where the local clock shows a whole hour or is changed; so a day may have 23 or 25 hours, and an hour
 * 30 minutes. Offsets with seconds (Monrovia until 1972) count as their whole minute below.
 */
export function slotsOf(range: MinuteRange, granularity: Granularity, timeZone: string): Slot[] {
  const starts = [...localStarts(range, GRANULARITY_MINUTES[granularity], timeZone)]
  return starts
    .map((start, at) => ({
      ...start,
      from: Math.max(start.start, range.from),
      to: Math.min(starts[at + 1]?.start ?? range.to, range.to),
    }))
    .filter(({ from, to }) => from < to)
}

/** The canonical form of a zone's id; null where the runtime knows no such zone. */
export function timeZoneId(id: string): string | null {
  try {
    return new Temporal.ZonedDateTime(0n, id).timeZoneId
  } catch {
    return null
  }
}

function* localStarts(range: MinuteRange, length: number, timeZone: string): Generator<Start> {
  const walk = { from: range.from - LOOK_BACK_PERIODS * length, to: range.to }
  let newest = Number.NEGATIVE_INFINITY
  for (const { from, to, offsetMinutes } of constantOffsets(walk, timeZone)) {
    const firstWhole = Math.ceil((from + offsetMinutes) / length) * length - offsetMinutes
    const starts = firstWhole > from ? [from] : []
    for (let start = firstWhole; start < to; start += length) starts.push(start)
    for (const start of starts) {
      const period = Math.floor((start + offsetMinutes) / length)
      if (length === MINUTES_PER_DAY && period <= newest) continue // a clock set back repeats no date
      newest = period
      yield { start, offsetMinutes }
    }
  }
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
    yield { from, to, start: from, offsetMinutes: Math.floor(local.offsetNanoseconds / MINUTE_NS) }
    local = change ?? local
    from = to
  }
}
