// Reads counts: only what the index says is queried, and the server adds up the rows of a day, or of an hour where many
// videos share a partition.

import { mapBounded } from '../../../lib/map-bounded.ts'
import { HOUR_MS, MINUTE_MS, MINUTES_PER_DAY, minuteOf, type Series } from '../../../model/bucket.ts'
import { add, withoutLost } from '../../../model/total.ts'
import { type HeldMinute, PERIOD_MINUTES, type Period, type PeriodRange, type Resolution } from '../counts.ts'
import { HeldMinutes } from '../held-minutes.ts'
import type { AdaptiveLimit } from './adaptive-limit.ts'
import { allOf } from './all-of.ts'
import { LEASE_MS, type Part, partsOf } from './count-forms.ts'
import type { FormsLease } from './forms-lease.ts'
import { type Noted, readFirstDay, readNoted } from './noted-series.ts'
import { keyParamsOf, namesOf, sharedKeyParams, sharedPlaceOf } from './row-batches.ts'
import { SELECT_SHARED_FIRST_MINUTE, SELECT_SHARED_ROWS, SELECT_SHARED_SUMS } from './shared-statements.ts'
import { SELECT_FIRST_MINUTE, SELECT_ROWS, SELECT_SUMS } from './statements.ts'
import type { Store } from './store.ts'
import { type AggregateColumns, aggregateOf, dayOf, timestampValue } from './values.ts'

export type ReadDeps = {
  readonly store: Store
  /** Which table each minute is in. */
  readonly forms: FormsLease
  readonly nowMs: () => number
  /** How long minutes are kept. */
  readonly retentionMs: number
}

/** Partitions that one read asks for at once. */
const PARTS_AT_ONCE_MAX = 24
/** By how much the newest minute may be ahead, and clocks may differ. */
const WRITTEN_AHEAD_MS = LEASE_MS + HOUR_MS

type SourceRow = AggregateColumns & { readonly minute: Date; readonly source: string }
type SumRow = AggregateColumns & { readonly start: Date | null }

export async function readPeriods(
  deps: ReadDeps,
  series: Series,
  range: PeriodRange,
): Promise<{ periods: readonly Period[]; stale: boolean }> {
  const { from, to } = keptPart(deps, range)
  if (from >= to) return { periods: [], stale: false }
  const { forms, stale: isFormStale } = await deps.forms.forAnswer(to)
  const days = { from: dayOf(from), to: dayOf(to - 1) + 1 }
  const noted = await readNoted(deps.store, series, forms, days)
  const parts = isEmpty(noted) ? [] : partsOf(forms, from, to).filter((part) => mayHaveRows(part, noted))
  const answers = await mapBounded(parts, PARTS_AT_ONCE_MAX, (part) =>
    readPart(deps, series, part, range.resolution),
  )
  return {
    periods: joined(answers.flatMap(({ periods }) => periods)),
    stale: isFormStale || noted.stale || answers.some((answer) => answer.stale),
  }
}

/** If the minutes of the first day have expired, the day's start. */
export async function readFirstMinute(deps: ReadDeps, series: Series): Promise<number | null> {
  const { forms } = await deps.forms.forAnswer(Number.POSITIVE_INFINITY)
  const day = await readFirstDay(deps.store, series, forms)
  if (day === null) return null
  const start = day * MINUTES_PER_DAY
  const parts = partsOf(forms, start, start + MINUTES_PER_DAY)
  const minutes = await mapBounded(parts, PARTS_AT_ONCE_MAX, async (part) => {
    const query = part.shards === null ? SELECT_FIRST_MINUTE : SELECT_SHARED_FIRST_MINUTE
    const [first] = (await deps.store.query<{ minute: Date }>(query, keyOf(series, part))).rows
    return first === undefined ? null : first.minute.getTime() / MINUTE_MS
  })
  return minutes.find((minute) => minute !== null) ?? start
}

/** Without days of which every minute has expired, and minutes that nobody can have written yet. */
function keptPart({ nowMs, retentionMs }: ReadDeps, { from, to }: PeriodRange): { from: number; to: number } {
  const oldestDay = dayOf(minuteOf(nowMs() - retentionMs)) * MINUTES_PER_DAY
  return { from: Math.max(from, oldestDay), to: Math.min(to, minuteOf(nowMs() + WRITTEN_AHEAD_MS)) }
}

function isEmpty({ days, since }: Noted): boolean {
  return days.size === 0 && since === null
}

function mayHaveRows({ from, shards }: Part, { days, since }: Noted): boolean {
  const day = dayOf(from)
  return days.has(day) || (shards !== null && since !== null && since <= day)
}

/**
 * The minutes of a series in [from, to), by writer, with every row that is stored. Fails with a CountsError rather
 * than miss any.
 */
export async function readHeldMinutes(
  deps: ReadDeps & { readonly limit: AdaptiveLimit },
  series: Series,
  from: number,
  to: number,
): Promise<HeldMinute[]> {
  const parts = partsOf(await deps.forms.forReading(to), from, to)
  const reads = parts.map((part) => deps.limit.run(() => readHeld(deps.store, series, part)))
  return (await allOf(reads)).flat()
}

async function readHeld(store: Store, series: Series, part: Part): Promise<HeldMinute[]> {
  const query = part.shards === null ? SELECT_ROWS : SELECT_SHARED_ROWS
  const held = new HeldMinutes()
  for (const row of await store.read<SourceRow>(query, [...keyOf(series, part), ...rangeOf(part)])) {
    held.add(row.minute.getTime() / MINUTE_MS, row.source, aggregateOf(row))
  }
  return held.list()
}

async function readPart(
  { store }: ReadDeps,
  series: Series,
  part: Part,
  resolution: Resolution,
): Promise<{ periods: Period[]; stale: boolean }> {
  const query = (part.shards === null ? SELECT_SUMS : SELECT_SHARED_SUMS)[resolution]
  const params = [...keyOf(series, part), ...rangeOf(part)]
  const { rows, stale } = await store.query<SumRow>(query, params)
  const periods: Period[] = []
  for (const row of rows) {
    if (row.start === null) continue // the sum over no rows
    const minute = row.start.getTime() / MINUTE_MS
    const length = PERIOD_MINUTES[resolution]
    const aggregate = withoutLost(aggregateOf(row))
    periods.push({ start: Math.floor(minute / length) * length, aggregate })
  }
  return { periods, stale }
}

/** Adds up what parts of one period hold; a day has several. */
function joined(periods: readonly Period[]): Period[] {
  const sums: Period[] = []
  for (const { start, aggregate } of periods) {
    const last = sums.at(-1)
    if (last?.start !== start) sums.push({ start, aggregate })
    else sums[sums.length - 1] = { start, aggregate: add(last.aggregate, aggregate) }
  }
  return sums
}

/** The part's partition, and the series in it. */
function keyOf(series: Series, { from, shards }: Part): Buffer[] {
  if (shards === null) return keyParamsOf(series, dayOf(from))
  return [...sharedKeyParams(sharedPlaceOf({ ...series, minute: from }, shards)), ...namesOf(series)]
}

function rangeOf({ from, to }: Part): Buffer[] {
  return [timestampValue(from), timestampValue(to)]
}
