// How retention limits questions about the past: from some time back there are only quarters of hours, and from
// further back only whole UTC days. A range is widened to them. Periods of the local calendar then begin at
// boundaries of the stored periods; a series that would need finer ones is refused. Pure.

import type { QueryFault } from '../../../lib/http/parameters.ts'
import { minuteText } from '../../../lib/time-text.ts'
import { MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import { MINUTES_PER_QUARTER } from '../../../model/quarters.ts'
import type { Kept } from '../../../model/retention.ts'
import { localDayEnd, localDayOf, type Start } from '../question/range-slots.ts'
import type { Granularity, MinuteRange } from '../question/vocabulary.ts'

/** How finely the counts can be cut: the retention, and what is known only after a read. */
export type Fineness = Kept & {
  /** The quarters of hours before it are unknown; left out if all are known. */
  readonly quartersFrom?: number
}

/** The smallest range that contains the given one and begins and ends at boundaries of stored periods. */
export function widened({ from, to }: MinuteRange, kept: Fineness): MinuteRange {
  if (from >= to) return { from, to }
  const before = unitAt(from, kept)
  const after = unitAt(to - 1, kept)
  return { from: Math.floor(from / before) * before, to: Math.ceil(to / after) * after }
}

/**
 * The same for periods of the local calendar. If only UTC days are left, it uses those of the local dates: a range
 * from a local midnight begins with the UTC day of the same date, without the one before it.
 */
export function widenedByDate(asked: MinuteRange, timeZone: string, kept: Fineness): MinuteRange {
  const range = widened(asked, kept)
  const isOld = (minute: number) => asked.from < asked.to && unitAt(minute, kept) === MINUTES_PER_DAY
  const from = isOld(asked.from) && asked.from !== range.from ? localDayOf(asked.from, timeZone) : range.from
  const to = isOld(asked.to - 1) && asked.to !== range.to ? localDayEnd(asked.to, timeZone) : range.to
  return from < to && to <= Math.max(range.to, kept.hoursFrom) ? { from, to } : range
}

/** The stored boundary where a local period begins: the UTC day of its date, if only days are left. */
export function keptStart({ start, offsetMinutes }: Start, kept: Fineness): number {
  const unit = unitAt(start, kept)
  const shift = unit === MINUTES_PER_DAY ? offsetMinutes : 0
  return Math.floor((start + shift) / unit) * unit
}

/** A fault if slots of a widened range meet inside a stored period. */
export function finenessFault(
  slots: readonly MinuteRange[],
  { granularity, timeZone }: { readonly granularity: Granularity; readonly timeZone: string },
  kept: Fineness,
): QueryFault | null {
  const tooFine = slots.slice(1).filter(({ from }) => from % unitAt(from, kept) !== 0)
  if (tooFine.length === 0) return null
  const { oldest, left } = coarsestOf(tooFine, kept)
  const detail =
    `With granularity ${granularity} in ${timeZone} startTime must be ${minuteText(oldest)} or later: ` +
    `before, only whole ${left} are kept.`
  return { parameter: 'startTime', code: 'resolution_expired', detail }
}

/** From when on the slots could be cut, and how coarse it is before. */
function coarsestOf(tooFine: readonly MinuteRange[], kept: Fineness) {
  const cannot = (unit: number) => tooFine.some(({ from }) => from % unit !== 0)
  if (cannot(MINUTES_PER_QUARTER)) return { oldest: kept.minutesFrom, left: 'quarters of hours' }
  const { quartersFrom } = kept
  if (cannot(MINUTES_PER_HOUR) && quartersFrom !== undefined) {
    return { oldest: Math.max(quartersFrom, kept.hoursFrom), left: 'hours of UTC' }
  }
  return { oldest: kept.hoursFrom, left: 'days of UTC' }
}

/** The length of the stored periods around a minute. */
function unitAt(minute: number, { minutesFrom, hoursFrom, quartersFrom = hoursFrom }: Fineness): number {
  if (minute < hoursFrom) return MINUTES_PER_DAY
  if (minute >= minutesFrom) return 1
  return minute < quartersFrom ? MINUTES_PER_HOUR : MINUTES_PER_QUARTER
}
