// Cuts the asked range into what can be read: the used range, its periods, and where they are coarser than asked for.
// Pure.
import type { QueryFault } from '../../../lib/http/parameters.ts'
import { isByDate, type Slot, type Start, slotsOf, wholeSlot } from '../question/range-slots.ts'
import type { Granularity, MinuteRange } from '../question/vocabulary.ts'
import { type Fineness, finenessFault, keptStart, widened, widenedByDate } from './retention.ts'

/** The periods that a range is cut into. */
export type SeriesQuestion = { readonly granularity: Granularity; readonly timeZone: string }

/** Periods that begin before these minutes are made of UTC days, or of UTC hours; null if none are. */
export type Coarse = { readonly daysBefore: number | null; readonly hoursBefore: number | null }

export type Cut = {
  readonly range: MinuteRange
  readonly slots: readonly Slot[]
  readonly coarse: Coarse
  /** Why the series cannot be answered. */
  readonly fault: QueryFault | null
}

export const NOT_COARSE: Coarse = { daysBefore: null, hoursBefore: null }

export function cutOf(asked: MinuteRange, series: SeriesQuestion | null, kept: Fineness): Cut {
  if (series === null) {
    const range = widened(asked, kept)
    return { range, slots: wholeSlot(range), coarse: NOT_COARSE, fault: null }
  }
  const { granularity, timeZone } = series
  if (!isByDate(granularity)) {
    const range = widened(asked, kept)
    const slots = slotsOf(range, granularity, timeZone)
    return { range, slots, coarse: NOT_COARSE, fault: finenessFault(slots, series, kept) }
  }
  const range = widenedByDate(asked, timeZone, kept)
  const slots = slotsOf(range, granularity, timeZone, (start) => keptStart(start, kept))
  return { range, slots, coarse: coarseOf(range, asked, slots, kept), fault: null }
}

/** Whether what is stored is coarser than was asked for. */
export function isLacking({ fault, coarse }: Pick<Cut, 'fault' | 'coarse'>): boolean {
  return fault !== null || coarse.daysBefore !== null || coarse.hoursBefore !== null
}

/** The coarser of two. */
export function coarser(a: Coarse, b: Coarse): Coarse {
  return {
    daysBefore: latest(a.daysBefore, b.daysBefore),
    hoursBefore: latest(a.hoursBefore, b.hoursBefore),
  }
}

function coarseOf(range: MinuteRange, asked: MinuteRange, slots: readonly Slot[], kept: Fineness): Coarse {
  const moved = slots.filter((slot) => isMoved(slot, kept)).map(({ start }) => start)
  const isRangeMoved = range.from > asked.from || range.to < asked.to
  const byDays = moved.some((start) => start < kept.hoursFrom) || isRangeMoved
  const byHours = moved.some((start) => start >= kept.hoursFrom)
  const before = (minute: number) => Math.min(minute, range.to)
  return {
    daysBefore: byDays ? before(kept.hoursFrom) : null,
    hoursBefore: byHours ? before(kept.quartersFrom ?? kept.minutesFrom) : null,
  }
}

function isMoved(start: Start, kept: Fineness): boolean {
  return keptStart(start, kept) !== start.start
}

function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b)
}
