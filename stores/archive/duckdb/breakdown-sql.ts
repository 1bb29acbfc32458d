// A breakdown as SQL: the counting events of some videos, grouped by the value of an attribute, by their series or by
// their minute, and by period. Slices of the range are grouped one after the other, and then joined and ranked. Pure.
import { MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import type {
  BreakdownOrder,
  EventScope,
  PeriodsQuestion,
  RolledUp,
  RowsOf,
  ScopeQuestion,
} from '../breakdowns.ts'
import { literal, relation } from './database.ts'
import { AGGREGATES, countedOnceSql, IS_PROBE, withinHours } from './recount-sql.ts'

export const CREATE_GROUPED = `CREATE TEMP TABLE grouped (
  unit INTEGER, key VARCHAR, is_other BOOLEAN, period INTEGER,
  count BIGINT, "values" BIGINT, sum HUGEINT, min BIGINT, max BIGINT, first INTEGER)`

export const CREATE_PERIODS = 'CREATE TEMP TABLE periods (begins INTEGER, period INTEGER)'

/** Fills the table `periods`. */
export function periodsSql(starts: readonly number[]): string {
  return `INSERT INTO periods SELECT unnest([${starts}]), unnest(range(${starts.length}))`
}

/** What events are grouped by: the expressions for raw events and for rollups, and whether periods are told apart. */
export type Grouping = {
  readonly raw: string
  readonly rolledUp: string
  /** Whether rollups tell others from named values. */
  readonly hasOthers: boolean
  readonly byPeriod: boolean
}

/** Minutes [from, to) of the range of a question; only those of these hours, which are in order. */
export type Slice = { readonly from: number; readonly to: number; readonly hours: readonly number[] }

/** Adds a slice to the table `grouped`. */
export function groupSql(
  paths: readonly string[],
  unit: number,
  { from, to, hours }: Slice,
  { scope, ...inTime }: ScopeQuestion,
  { raw, byPeriod }: Grouping,
): string {
  const rows = `${relation(paths)}
    WHERE ${isOf(scope)} AND minute >= ${from} AND minute < ${to} AND ${withinHours(hours)}`
  const where = Object.entries(scope.where ?? {}).map(
    ([by, values]) => `${attributeSql(by)} IN (${listOf(values)})`,
  )
  const columns = ['minute', 'value', 'attributes', `${raw} AS key`]
  return `INSERT INTO grouped
    SELECT ${unit}, key, false, ${periodOf(byPeriod)}, ${AGGREGATES.join(', ')}, min(minute)
    FROM (${countedOnceSql(rows, inTime, ['value', 'attributes'], columns)}) ${inPeriods('minute', byPeriod)}
    WHERE ${where.join(' AND ') || 'true'} GROUP BY ALL`
}

/** By the value of an attribute; null: all as one. */
export function byAttribute(by: string | null): Grouping {
  const raw = by === null ? "''" : attributeSql(by)
  return { raw, rolledUp: 'key', hasOthers: true, byPeriod: false }
}

export const BY_VIDEO = byColumn('video_id')
export const BY_MINUTE = byColumn('minute::VARCHAR', 'hour::VARCHAR')
const BY_COLUMN = {
  series: byColumn("type || ' ' || video_id"),
  video: BY_VIDEO,
  type: byColumn('type'),
} as const

/** By row and period of a question. */
export function byRow({ rowsOf, starts }: Pick<PeriodsQuestion, 'rowsOf' | 'starts'>): Grouping {
  return { ...grouping(rowsOf), byPeriod: starts.length > 1 }
}

function grouping(rowsOf: RowsOf): Grouping {
  return typeof rowsOf === 'string' ? BY_COLUMN[rowsOf] : byAttribute(rowsOf.attribute)
}

/** By what rollups know of the others, too. */
function byColumn(raw: string, rolledUp = raw): Grouping {
  return { raw, rolledUp, hasOthers: false, byPeriod: false }
}

/** Adds rollups of hours by an attribute, in which values may be missing that were added up as others. */
export function groupRollupsSql(
  rows: string,
  unit: number,
  { by, hours }: RolledUp,
  scope: EventScope,
  { rolledUp, hasOthers, byPeriod }: Grouping,
): string {
  const removed = (scope.removed ?? []).map(
    ({ videoId, beforeMinute }) =>
      `NOT (video_id = ${literal(videoId)} AND hour + ${MINUTES_PER_HOUR} <= ${beforeMinute})`,
  )
  const values = valuesOf(scope, by)
  const where = values === null ? [] : [`NOT is_other AND key IN (${listOf(values)})`]
  return `INSERT INTO grouped
    SELECT ${unit}, ${rolledUp}, ${hasOthers ? 'is_other' : 'false'}, ${periodOf(byPeriod)}, ${JOINED}, min(hour)
    FROM (${rows}) ${inPeriods('hour', byPeriod)}
    WHERE ${[isOfHours(scope), ...removed, ...where].join(' AND ')} AND hour IN (${hours}) GROUP BY ALL`
}

/** The hours, in order, in which a series has others among which one of the wanted values, or any, may be. */
export function hidingSql(all: string, { by, hours }: RolledUp, scope: EventScope): string {
  const values = valuesOf(scope, by)
  const rows = `(${all}) WHERE ${isOfHours(scope)} AND hour IN (${hours})`
  if (values === null) return `SELECT DISTINCT hour FROM ${rows} AND is_other ORDER BY hour`
  return `SELECT DISTINCT hour FROM (
      SELECT hour, bool_or(is_other) AS has_others,
        count(*) FILTER (NOT is_other AND key IN (${listOf(values)})) AS named
      FROM ${rows} GROUP BY video_id, type, hour
    ) WHERE has_others AND named < ${values.length} ORDER BY hour`
}

function valuesOf({ where = {} }: EventScope, by: string): readonly string[] | null {
  return Object.hasOwn(where, by) ? where[by]! : null
}

function periodOf(byPeriod: boolean): string {
  return byPeriod ? 'period' : '0'
}

function inPeriods(column: string, byPeriod: boolean): string {
  return byPeriod ? `ASOF JOIN periods ON ${column} >= begins` : ''
}

/** The rows in their order, and after them, without a key, what is beyond `rowsMax`. */
export function rankedSql(orderBy: BreakdownOrder, rowsMax: number): string {
  return `WITH joined AS (
      SELECT key, is_other, ${JOINED}, min(first) AS first FROM grouped GROUP BY key, is_other
    ), placed AS (
      SELECT *, row_number() OVER (PARTITION BY is_other ORDER BY ${ORDERS[orderBy]} DESC NULLS LAST, key) AS place
      FROM joined
    ), ranked AS (
      SELECT * REPLACE (if(is_other, ${rowsMax + 1}, least(place, ${rowsMax + 1})) AS place) FROM placed
    )
    SELECT if(place > ${rowsMax}, NULL, any_value(key)), ${JOINED}, min(first)
    FROM ranked GROUP BY place ORDER BY place`
}

/** For each row in its order, and after them for all that is beyond `rowsMax`, without a key, its periods. */
export function rankedPeriodsSql({ order, rowsMax, rankedFrom }: PeriodsQuestion): string {
  const direction = order.isDescending ? 'DESC' : 'ASC'
  const by = order.by === 'value' ? 'key' : ORDERS[order.by]
  return `WITH joined AS (
      SELECT key, is_other, period, ${JOINED} FROM grouped GROUP BY key, is_other, period
    ), whole AS (
      SELECT key, ${joined(`FILTER (period >= ${rankedFrom})`)} FROM joined WHERE NOT is_other GROUP BY key
    ), placed AS (
      SELECT key, row_number() OVER (ORDER BY count IS NULL, ${by} ${direction} NULLS LAST, key) AS place FROM whole
    ), shown AS (
      SELECT joined.*, if(place <= ${rowsMax}, place, ${rowsMax + 1}) AS place
      FROM joined LEFT JOIN placed ON placed.key = joined.key AND NOT is_other
    )
    SELECT if(place > ${rowsMax}, NULL, any_value(key)), ${JOINED}, period
    FROM shown GROUP BY place, period ORDER BY place, period`
}

/** Sums of sums. */
const JOINED = joined('')

function joined(filter: string): string {
  return `sum(count) ${filter}::BIGINT AS count, sum("values") ${filter}::BIGINT AS "values",
    coalesce(sum(sum) ${filter}, 0)::HUGEINT AS sum, min(min) ${filter} AS min, max(max) ${filter} AS max`
}

/** An average to the 18th decimal place: sums of 10^9 of the highest values do not overflow. */
const ORDERS: Readonly<Record<BreakdownOrder, string>> = {
  count: 'count',
  sum: 'sum',
  average: `if("values" = 0, NULL, sum * ${10n ** 15n} // "values")`,
  min: 'min',
  max: 'max',
}

/** The minutes with events, in order of time. */
export const MINUTES_SQL = `SELECT key, ${JOINED} FROM grouped GROUP BY key ORDER BY key::INTEGER`

function isOf(scope: EventScope): string {
  const removed = (scope.removed ?? []).map(
    ({ videoId, beforeMinute }) => `NOT (video_id = ${literal(videoId)} AND minute < ${beforeMinute})`,
  )
  return [isOfHours(scope), ...removed].join(' AND ')
}

/** One value is compared and not looked for: so DuckDB skips the parts of files that hold other videos. */
function isOfHours({ tenant, videoIds, types }: EventScope): string {
  const videos = videoIds === null ? `NOT (${IS_PROBE})` : isIn('video_id', videoIds)
  return `tenant = ${literal(tenant)} AND ${videos} AND ${isIn('type', types)}`
}

function isIn(column: string, values: readonly string[]): string {
  if (values.length === 0) return 'false'
  return values.length === 1 ? `${column} = ${literal(values[0]!)}` : `${column} IN (${listOf(values)})`
}

function listOf(values: readonly string[]): string {
  return values.map(literal).join(', ')
}

/** Other producers may have written attributes that are not JSON: they have no value. */
function attributeSql(key: string): string {
  return `coalesce(try(json_extract_string(attributes, ${pointerTo(key)})), '')`
}

/** The values of several attributes as a list, in one pass over their text; null where there is none. */
export function attributesSql(keys: readonly string[]): string {
  return `try(json_extract_string(attributes, [${keys.map(pointerTo).join(', ')}]))`
}

function pointerTo(key: string): string {
  return literal(`/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
}
