// Reads counts: only days that are indexed are queried, and the server adds up the rows of a day.

import { mapBounded } from '../../../lib/map-bounded.ts'
import { MINUTE_MS, MINUTES_PER_DAY, type Series, type VideoName } from '../../../model/bucket.ts'
import { PERIOD_MINUTES, type Period, type PeriodRange } from '../counts.ts'
import { HeldMinutes } from '../held-minutes.ts'
import { keyParamsOf } from './row-batches.ts'
import {
  SELECT_DAYS,
  SELECT_FIRST_DAY,
  SELECT_FIRST_MINUTE,
  SELECT_ROWS,
  SELECT_SUMS,
  SELECT_TYPES,
} from './statements.ts'
import type { Store } from './store.ts'
import { type AggregateColumns, aggregateOf, dateValue, dayOf, timestampValue } from './values.ts'

export type ReadDeps = {
  readonly store: Store
  readonly nowMs: () => number
  /** How long minutes are kept. */
  readonly retentionMs: number
}

/** Days that one read asks for at once. */
const DAYS_AT_ONCE_MAX = 16

type DayRow = { readonly day: { readonly date: Date } }
type SourceRow = AggregateColumns & { readonly minute: Date; readonly source: string }
type SumRow = AggregateColumns & { readonly start: Date | null }

export async function readPeriods(
  deps: ReadDeps,
  series: Series,
  range: PeriodRange,
): Promise<{ periods: readonly Period[]; stale: boolean }> {
  if (range.from >= range.to) return { periods: [], stale: false }
  const { rows, stale } = await deps.store.query<DayRow>(SELECT_DAYS, daysAsked(deps, series, range))
  const answers = await mapBounded(rows.map(dayOfRow), DAYS_AT_ONCE_MAX, (day) =>
    readDay(deps, series, day, range),
  )
  return {
    periods: answers.flatMap(({ periods }) => periods),
    stale: stale || answers.some((answer) => answer.stale),
  }
}

/** In alphabetical order, which is the table's. */
export async function readTypes({ store }: ReadDeps, tenant: string, videoId: string): Promise<string[]> {
  const { rows } = await store.query<{ event_type: string }>(SELECT_TYPES, [tenant, videoId])
  return rows.map(({ event_type }) => event_type)
}

/** If the minutes of the first day have expired, the day's start. */
export async function readFirstMinute({ store }: ReadDeps, series: Series): Promise<number | null> {
  const { tenant, videoId, type } = series
  const days = await store.query<DayRow>(SELECT_FIRST_DAY, [tenant, videoId, type])
  const [first] = days.rows
  if (first === undefined) return null
  const day = dayOfRow(first)
  const minutes = await store.query<{ minute: Date }>(SELECT_FIRST_MINUTE, keyParamsOf(series, day))
  const [row] = minutes.rows
  return row === undefined ? day * MINUTES_PER_DAY : row.minute.getTime() / MINUTE_MS
}

/** Days of which every minute has expired hold nothing and are left out. */
function daysAsked({ nowMs, retentionMs }: ReadDeps, series: Series, { from, to }: PeriodRange): unknown[] {
  const { tenant, videoId, type } = series
  const oldestKept = Math.floor((nowMs() - retentionMs) / MINUTE_MS)
  const firstDay = dayOf(Math.max(from, oldestKept))
  const endDay = Math.max(firstDay, dayOf(to - 1) + 1)
  return [tenant, videoId, type, dateValue(firstDay), dateValue(endDay)]
}

/** Reads a part of one day, at the consistency that sees every durable write. */
export async function readHeld(store: Store, series: Series, day: number, from: number, to: number) {
  const params = [...keyParamsOf(series, day), timestampValue(from), timestampValue(to)]
  const held = new HeldMinutes()
  for (const row of await store.read<SourceRow>(SELECT_ROWS, params)) {
    held.add(row.minute.getTime() / MINUTE_MS, row.source, aggregateOf(row))
  }
  return held.list()
}

async function readDay(
  { store }: ReadDeps,
  series: Series,
  day: number,
  { resolution, from, to }: PeriodRange,
): Promise<{ periods: Period[]; stale: boolean }> {
  const start = day * MINUTES_PER_DAY
  const first = Math.max(from, start)
  const end = Math.min(to, start + MINUTES_PER_DAY)
  const params = [...keyParamsOf(series, day), timestampValue(first), timestampValue(end)]
  const { rows, stale } = await store.query<SumRow>(SELECT_SUMS[resolution], params)
  const periods: Period[] = []
  for (const row of rows) {
    if (row.start === null) continue // the sum over no rows
    const minute = row.start.getTime() / MINUTE_MS
    const length = PERIOD_MINUTES[resolution]
    periods.push({ start: Math.floor(minute / length) * length, aggregate: aggregateOf(row) })
  }
  return { periods, stale }
}

function dayOfRow({ day }: DayRow): number {
  return day.date.getTime() / (MINUTES_PER_DAY * MINUTE_MS)
}

type VideoRow = { readonly tenant: string; readonly video_id: string }

/** What a statement lists. */
export async function* readVideos(store: Store, query: string): AsyncGenerator<readonly VideoName[]> {
  for await (const rows of store.readPages<VideoRow>(query)) {
    yield rows.map(({ tenant, video_id: videoId }) => ({ tenant, videoId }))
  }
}
