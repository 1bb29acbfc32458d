// A breakdown as SQL: the counting events of some videos, grouped by the value of an attribute or by their minute.
// Slices of the range are grouped one after the other, and then joined and ranked. Pure.
import type { BreakdownOrder, BreakdownQuestion, EventScope, ScopeQuestion } from '../breakdowns.ts'
import { literal, relation } from './database.ts'
import { AGGREGATES, chosenSql, IS_PROBE, withinHours } from './recount-sql.ts'

export const CREATE_GROUPED = `CREATE TEMP TABLE grouped (
  unit INTEGER, key VARCHAR, is_other BOOLEAN,
  count BIGINT, "values" BIGINT, sum HUGEINT, min BIGINT, max BIGINT, first INTEGER)`

/** Minutes [from, to) of the range of a question; only those of these hours, which are in order. */
export type Slice = { readonly from: number; readonly to: number; readonly hours: readonly number[] }

/** Adds a slice to the table `grouped`. */
export function groupSql(
  paths: readonly string[],
  unit: number,
  { from, to, hours }: Slice,
  { scope, ...inTime }: ScopeQuestion,
  key: string,
): string {
  const rows = `${relation(paths)}
    WHERE ${isOf(scope)} AND minute >= ${from} AND minute < ${to} AND ${withinHours(hours)}`
  const where = Object.entries(scope.where ?? {}).map(
    ([by, values]) => `${attributeSql(by)} IN (${listOf(values)})`,
  )
  const columns = ['minute', 'value', 'attributes', `${key} AS key`]
  return `INSERT INTO grouped SELECT ${unit}, key, false, ${AGGREGATES.join(', ')}, min(minute)
    FROM (${chosenSql(rows, inTime, columns)}) WHERE ${where.join(' AND ') || 'true'} GROUP BY key`
}

/** What events are grouped by. */
export function keySql(by: string | null): string {
  return by === null ? "''" : attributeSql(by)
}

export const MINUTE_KEY = 'minute::VARCHAR'

/** Adds rollups of these hours, in which values may be missing that were added up as others. */
export function groupRollupsSql(
  paths: readonly string[],
  unit: number,
  hours: readonly number[],
  { scope }: BreakdownQuestion,
): string {
  return `INSERT INTO grouped SELECT ${unit}, key, is_other, ${JOINED}, min(hour)
    FROM read_parquet([${paths.map(literal)}]) WHERE ${isOfHours(scope)} AND hour IN (${hours}) GROUP BY key, is_other`
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

/** Sums of sums. */
const JOINED = `sum(count)::BIGINT AS count, sum("values")::BIGINT AS "values",
  coalesce(sum(sum), 0)::HUGEINT AS sum, min(min) AS min, max(max) AS max`

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
  return values.length === 1 ? `${column} = ${literal(values[0]!)}` : `${column} IN (${listOf(values)})`
}

function listOf(values: readonly string[]): string {
  return values.map(literal).join(', ')
}

/** Other producers may have written attributes that are not JSON: they have no value. */
export function attributeSql(key: string): string {
  const pointer = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
  return `coalesce(try(json_extract_string(attributes, ${literal(pointer)})), '')`
}
