// What can still be asked of the past: from some time back there are only whole hours, and from further back only whole
// UTC days. A range is widened to them; a series that would need finer ones is refused. Pure.
import { MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../model/bucket.ts'
import type { Kept } from '../model/retention.ts'
import type { QueryFault } from './parameters.ts'
import { minuteText } from './time-text.ts'
import type { Granularity, MinuteRange } from './vocabulary.ts'

/** The least range that holds the given one and begins and ends where what is kept can be cut. */
export function widened({ from, to }: MinuteRange, kept: Kept): MinuteRange {
  if (from >= to) return { from, to }
  const before = unitAt(from, kept)
  const after = unitAt(to - 1, kept)
  return { from: Math.floor(from / before) * before, to: Math.ceil(to / after) * after }
}

/** A fault where slots of a widened range meet where what is kept cannot be cut. */
export function finenessFault(
  slots: readonly MinuteRange[],
  { granularity, timeZone }: { readonly granularity: Granularity; readonly timeZone: string },
  kept: Kept,
): QueryFault | null {
  const tooFine = slots.slice(1).filter(({ from }) => from % unitAt(from, kept) !== 0)
  if (tooFine.length === 0) return null
  const needsMinutes = tooFine.some(({ from }) => from % MINUTES_PER_HOUR !== 0)
  const oldest = minuteText(needsMinutes ? kept.minutesFrom : kept.hoursFrom)
  const left = needsMinutes ? 'hours of UTC' : 'days of UTC'
  const detail =
    `With granularity ${granularity} in ${timeZone} startTime must be ${oldest} or later: ` +
    `before, only whole ${left} are kept.`
  return { parameter: 'startTime', code: 'resolution_expired', detail }
}

/** The length of the periods that are kept of the time around a minute. */
function unitAt(minute: number, { minutesFrom, hoursFrom }: Kept): number {
  if (minute < hoursFrom) return MINUTES_PER_DAY
  return minute < minutesFrom ? MINUTES_PER_HOUR : 1
}
