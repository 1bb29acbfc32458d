// Says which rows to read for a set of slots: as few as can cover them. Pure.
import { MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../model/bucket.ts'
import type { PeriodRange, Resolution } from '../ports/counts.ts'
import type { MinuteRange } from './vocabulary.ts'

/** One call to the store, and the parts of its range whose rows are wanted. */
export type Read = { readonly range: PeriodRange; readonly parts: readonly PeriodRange[] }

export const MINUTES: Readonly<Record<Resolution, number>> = {
  minute: 1,
  hour: MINUTES_PER_HOUR,
  day: MINUTES_PER_DAY,
}

/** A call costs about as much as so many rows: parts that lie closer are read in one. */
const JOIN_ROWS_MAX = 60

/**
 * One call returns at most so many rows, so that a long range is neither held in memory nor merged all at
 * once.
 */
export const READ_ROWS_MAX = 10_000

/**
 * The reads whose wanted parts cover each slot exactly, no row reaching over a slot's edge. Where all edges
 * lie on UTC days or hours, or there is but one slot, that is at most five reads per READ_ROWS_MAX rows. A
 * zone whose days start between two UTC hours needs the minutes around each of its midnights: one read more
 * per day.
 */
export function planReads(slots: readonly MinuteRange[]): Read[] {
  const parts = slots.flatMap(({ from, to }) => cover(from, to))
  const byResolution = (['day', 'hour', 'minute'] as const).map((resolution) =>
    parts.filter((part) => part.resolution === resolution),
  )
  return byResolution.flatMap(joined).flatMap(sliced)
}

/** The fewest UTC-aligned days, hours and minutes that make up [from, to), in order of time. */
export function cover(from: number, to: number): PeriodRange[] {
  return coverWith(['day', 'hour', 'minute'], from, to)
}

function coverWith(resolutions: readonly Resolution[], from: number, to: number): PeriodRange[] {
  const [resolution, ...finer] = resolutions
  if (resolution === undefined || from >= to) return []
  const length = MINUTES[resolution]
  const first = Math.ceil(from / length) * length
  const last = Math.floor(to / length) * length
  if (first >= last) return coverWith(finer, from, to)
  return [
    ...coverWith(finer, from, first),
    { resolution, from: first, to: last },
    ...coverWith(finer, last, to),
  ]
}

/** Joins parts of one resolution that lie close to each other. */
function joined(parts: readonly PeriodRange[]): Read[] {
  const reads: { range: PeriodRange; parts: PeriodRange[] }[] = []
  for (const part of parts) {
    const last = reads.at(-1)
    const reach = JOIN_ROWS_MAX * MINUTES[part.resolution]
    if (last !== undefined && part.from - last.range.to <= reach) {
      last.range = { ...last.range, to: part.to }
      last.parts.push(part)
    } else reads.push({ range: part, parts: [part] })
  }
  return reads
}

function sliced({ range, parts }: Read): Read[] {
  const reach = READ_ROWS_MAX * MINUTES[range.resolution]
  const reads: Read[] = []
  for (let from = range.from; from < range.to; from += reach) {
    const to = Math.min(from + reach, range.to)
    reads.push({ range: { ...range, from, to }, parts })
  }
  return reads
}
