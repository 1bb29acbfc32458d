// Plans which rows to read for a set of slots: the fewest that cover them. Pure.
import { dayOf, MINUTE_MS, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { PERIOD_MINUTES, type PeriodRange, type Resolution } from '../../../stores/counts/counts.ts'
import type { MinuteRange } from '../question/vocabulary.ts'

/** One call to the store, and the parts of its range whose rows are wanted. */
export type Read = { readonly range: PeriodRange; readonly parts: readonly PeriodRange[] }

/** The cost of a call, in rows: parts that are closer are read in one call. */
const JOIN_ROWS_MAX = 60

/** Enough days for all the years that there are. */
const DAYS_READ_MAX = 10_000

/**
 * The end of the calendar period that no call crosses: the UTC day for minutes, the month for hours and their
 * quarters. So all ranges share the same calls except at their edges, which makes caches effective; each call reads
 * one partition of a store that is partitioned by the calendar; and no long range is held in memory or merged at
 * once.
 */
const READ_END: Readonly<Record<Resolution, (from: number) => number>> = {
  minute: (from) => dayOf(from) + MINUTES_PER_DAY,
  quarter: monthEnd,
  hour: monthEnd,
  day: (from) => from + DAYS_READ_MAX * MINUTES_PER_DAY,
}

/**
 * The reads whose wanted parts cover each slot exactly, no row reaching over its edge. For a single slot there are at
 * most seven reads. Days that are not UTC days are read as hours, one read per month; if they start between two UTC
 * hours, as quarters of hours, which are in the same rows.
 */
export function planReads(slots: readonly MinuteRange[]): Read[] {
  const parts = besideQuarters(slots.flatMap(({ from, to }) => cover(from, to)))
  const byResolution = (['day', 'hour', 'quarter', 'minute'] as const).map((resolution) =>
    parts.filter((part) => part.resolution === resolution),
  )
  return byResolution.flatMap(joined).flatMap(sliced)
}

/**
 * The fewest UTC-aligned days and hours that make up [from, to), in order of time, and the rest at the edges: as
 * quarters of hours if they fit, else as minutes, of which there are few.
 */
export function cover(from: number, to: number): PeriodRange[] {
  return coverWith(['day', 'hour'], from, to)
}

function coverWith(resolutions: readonly ('day' | 'hour')[], from: number, to: number): PeriodRange[] {
  if (from >= to) return []
  const [resolution, ...finer] = resolutions
  if (resolution === undefined) return [{ resolution: finestOf(from, to), from, to }]
  const length = PERIOD_MINUTES[resolution]
  const first = Math.ceil(from / length) * length
  const last = Math.floor(to / length) * length
  if (first >= last) return coverWith(finer, from, to)
  return [
    ...coverWith(finer, from, first),
    { resolution, from: first, to: last },
    ...coverWith(finer, last, to),
  ]
}

function finestOf(from: number, to: number): Resolution {
  return from % PERIOD_MINUTES.quarter === 0 && to % PERIOD_MINUTES.quarter === 0 ? 'quarter' : 'minute'
}

/** Hours next to quarters are read as quarters too: both are in the rows of hours, so one call reads them. */
function besideQuarters(parts: readonly PeriodRange[]): PeriodRange[] {
  const isNext = (part: PeriodRange, one: PeriodRange | undefined) =>
    one?.resolution === 'quarter' && (one.to === part.from || one.from === part.to)
  return parts.map((part, at) => {
    const isBeside = isNext(part, parts[at - 1]) || isNext(part, parts[at + 1])
    return part.resolution === 'hour' && isBeside ? { ...part, resolution: 'quarter' } : part
  })
}

function monthEnd(from: number): number {
  const date = new Date(from * MINUTE_MS)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / MINUTE_MS
}

/** Joins parts of one resolution that are close to each other. */
function joined(parts: readonly PeriodRange[]): Read[] {
  const reads: { range: PeriodRange; parts: PeriodRange[] }[] = []
  for (const part of parts) {
    const last = reads.at(-1)
    const reach = JOIN_ROWS_MAX * PERIOD_MINUTES[part.resolution]
    if (last !== undefined && part.from - last.range.to <= reach) {
      last.range = { ...last.range, to: part.to }
      last.parts.push(part)
    } else reads.push({ range: part, parts: [part] })
  }
  return reads
}

function sliced({ range, parts }: Read): Read[] {
  const reads: Read[] = []
  for (let { from } = range; from < range.to; from = reads.at(-1)!.range.to) {
    const to = Math.min(READ_END[range.resolution](from), range.to)
    reads.push({ range: { ...range, from, to }, parts })
  }
  return reads
}
