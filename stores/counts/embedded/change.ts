// Computes what a group of writes changes: which rows are newer than the stored ones, and the new sums of their hours
// and days. Reads, but writes nothing.
import {
  type Bucket,
  dayOf,
  hourOf,
  MINUTES_PER_DAY,
  MINUTES_PER_HOUR,
  type Series,
} from '../../../model/bucket.ts'
import { addAt, EMPTY_QUARTERS, type Quarters, quartersOf } from '../../../model/quarters.ts'
import { type Aggregate, add, EMPTY, type Total } from '../../../model/total.ts'
import type { CountRow } from '../counts.ts'
import {
  periodKey,
  rowKey,
  type SeriesPeriod,
  type Sum,
  seriesKey,
  startOf,
  typesKey,
  writtenKey,
} from './rows.ts'

/** Rows of one source, as they were passed to `write`. */
export type SourceRows = { readonly sourceId: string; readonly rows: readonly CountRow[] }

/** Reads of the stored state. Keys that are not stored are absent from the answers. */
export type Stored = {
  totals(keys: readonly string[]): Promise<Map<string, Total>>
  sums(keys: readonly string[]): Promise<Map<string, Sum>>
  /** All rows of all sources in [from, to) minutes. */
  rows(series: Series, from: number, to: number): Promise<Map<string, Total>>
}

/** What to store, by key. */
export type Change = {
  readonly totals: ReadonlyMap<string, Total>
  /** The sums of hours, with their quarters, and of days. */
  readonly sums: ReadonlyMap<string, Sum>
  /** Keys without a value: for types that are new to a day and series that are new to an hour. */
  readonly notes: ReadonlySet<string>
}

type Row = CountRow & {
  readonly old: Total | null
  /** Keys of the sums above. */
  readonly hour: string
  readonly day: string
}

export async function changeOf(groups: readonly SourceRows[], stored: Stored): Promise<Change> {
  const newer = await newerRows(groups, stored)
  const sums = await stored.sums(keysAbove(newer.values()))
  const notes = new Set<string>()
  for (const { bucket, total, old, hour, day } of newer.values()) {
    if (!sums.has(day)) notes.add(typesKey(bucket.tenant, bucket.videoId) + bucket.type)
    if (!sums.has(hour)) notes.add(writtenKey(hourOf(bucket.minute), bucket))
    const difference = old === null ? total : differenceOf(total, old)
    sums.set(hour, hourWith(sums.get(hour), bucket.minute, difference))
    sums.set(day, add(sums.get(day) ?? EMPTY, difference))
  }
  await addUpAnew(newer, sums, stored)
  return { totals: new Map(Array.from(newer, ([key, { total }]) => [key, total])), sums, notes }
}

/** The sum of an hour that an earlier release began has no quarters, and none are added here. */
function hourWith(held: Sum | undefined, minute: number, difference: Aggregate): Sum {
  const quarters = held === undefined ? EMPTY_QUARTERS : held.quarters
  const sum = add(held ?? EMPTY, difference)
  return quarters === undefined ? sum : { ...sum, quarters: addAt(quarters, minute, difference) }
}

/** The newest of the given rows for each key, if it is newer than the stored one (law 2). */
async function newerRows(groups: readonly SourceRows[], stored: Stored): Promise<Map<string, Row>> {
  const newest = new Map<string, CountRow>()
  for (const { sourceId, rows } of groups) {
    for (const row of rows) {
      const key = rowKey(row.bucket, sourceId)
      if (row.total.upTo > (newest.get(key)?.total.upTo ?? -1)) newest.set(key, row)
    }
  }
  const olds = await stored.totals([...newest.keys()])
  const newer = new Map<string, Row>()
  for (const [key, { bucket, total }] of newest) {
    const old = olds.get(key) ?? null
    if (old !== null && total.upTo <= old.upTo) continue
    const hour = periodKey('hour', bucket, hourOf(bucket.minute))
    const day = periodKey('day', bucket, dayOf(bucket.minute))
    newer.set(key, { bucket, total, old, hour, day })
  }
  return newer
}

function keysAbove(rows: Iterable<Row>): string[] {
  const keys = new Set<string>()
  for (const { hour, day } of rows) keys.add(hour).add(day)
  return [...keys]
}

/**
 * The difference to add to a sum when a new total replaces the old one. Valid unless the range of values narrows.
 */
function differenceOf(total: Total, old: Total): Aggregate {
  return {
    count: total.count - old.count,
    values: total.values - old.values,
    sum: total.sum - old.sum,
    min: total.min,
    max: total.max,
  }
}

/**
 * The range of a growing source only widens. A correction may no longer hold the least or greatest value.
 */
function narrows({ total, old }: Row): boolean {
  if (old === null || old.min === null || old.max === null) return false
  return total.min === null || total.max === null || total.min > old.min || total.max < old.max
}

/** Replaces the sums of the hours and days in which a row narrowed, and of hours that lack their quarters. */
async function addUpAnew(
  newer: ReadonlyMap<string, Row>,
  sums: Map<string, Sum>,
  stored: Stored,
): Promise<void> {
  const rows = Array.from(newer.values())
  const narrowed = rows.filter(narrows)
  const lacking = rows.filter(({ hour }) => sums.get(hour)!.quarters === undefined)
  for (const [hour, bucket] of new Map([...narrowed, ...lacking].map((row) => [row.hour, row.bucket]))) {
    const from = hourOf(bucket.minute)
    const totals = await stored.rows(bucket, from, from + MINUTES_PER_HOUR)
    for (const [key, row] of newer) if (row.hour === hour) totals.set(key, row.total)
    sums.set(hour, hourSum(bucket, totals))
  }
  for (const [day, bucket] of new Map(narrowed.map((row) => [row.day, row.bucket]))) {
    const hours = hourKeysOf(bucket)
    const hourSums = await stored.sums(hours)
    for (const hour of hours) if (sums.has(hour)) hourSums.set(hour, sums.get(hour)!)
    sums.set(day, addUp(hourSums.values()))
  }
}

function hourSum(series: Series, totals: ReadonlyMap<string, Total>): Sum {
  const quarters = quartersOfRows(series, totals)
  return { ...addUp(quarters), quarters }
}

/** All rows of an hour, by key. */
export function quartersOfRows(series: Series, rows: ReadonlyMap<string, Aggregate>): Quarters {
  const prefixLength = seriesKey('minute', series).length
  return quartersOf(
    Array.from(rows, ([key, aggregate]) => ({ minute: startOf(key, prefixLength), aggregate })),
  )
}

/** What to remove and store when hours of series are removed. */
export type Removal = {
  readonly rows: readonly string[]
  /** Keys of the sums of the hours, and of days that become empty. */
  readonly sums: readonly string[]
  /** Index entries of the series and hours. */
  readonly notes: readonly string[]
  /** New sums of the days that do not become empty. */
  readonly days: ReadonlyMap<string, Aggregate>
}

export async function removalOf(hours: readonly SeriesPeriod[], stored: Stored): Promise<Removal> {
  const rows: string[] = []
  const goingDays = new Map<string, Bucket>()
  const going = new Set<string>()
  for (const { series, start } of hours) {
    rows.push(...(await stored.rows(series, start, start + MINUTES_PER_HOUR)).keys())
    going.add(periodKey('hour', series, start))
    goingDays.set(periodKey('day', series, dayOf(start)), { ...series, minute: start })
  }
  const days = new Map<string, Aggregate>()
  for (const [day, bucket] of goingDays) {
    const left = await stored.sums(hourKeysOf(bucket).filter((hour) => !going.has(hour)))
    if (left.size > 0) days.set(day, addUp(left.values()))
    else going.add(day)
  }
  const notes = hours.map(({ series, start }) => writtenKey(start, series))
  return { rows, sums: Array.from(going), notes, days }
}

function hourKeysOf(bucket: Bucket): string[] {
  const day = dayOf(bucket.minute)
  const hours = MINUTES_PER_DAY / MINUTES_PER_HOUR
  return Array.from({ length: hours }, (_, hour) => periodKey('hour', bucket, day + hour * MINUTES_PER_HOUR))
}

function addUp(aggregates: Iterable<Aggregate>): Aggregate {
  let sum = EMPTY
  for (const aggregate of aggregates) sum = add(sum, aggregate)
  return sum
}
