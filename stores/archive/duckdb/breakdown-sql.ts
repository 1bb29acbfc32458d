// A breakdown as SQL: the counting events of a series, grouped by the value of an attribute. Slices of the range are
// grouped one after the other, and then joined and ranked. Pure.
import type { Series } from '../../../model/bucket.ts'
import type { BreakdownOrder, BreakdownQuestion } from '../breakdowns.ts'
import { literal, relation } from './database.ts'
import { AGGREGATES, chosenSql, withinHours } from './recount-sql.ts'

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
  { series, by, ...inTime }: BreakdownQuestion,
): string {
  const rows = `${relation(paths)}
    WHERE ${isOf(series)} AND minute >= ${from} AND minute < ${to} AND ${withinHours(hours)}`
  return `INSERT INTO grouped SELECT ${unit}, key, false, ${AGGREGATES.join(', ')}, min(minute)
    FROM (${chosenSql(rows, inTime, ['minute', 'value', `${attributeSql(by)} AS key`])}) GROUP BY key`
}

/** Adds rollups of these hours, in which values may be missing that were added up as others. */
export function groupRollupsSql(
  paths: readonly string[],
  unit: number,
  hours: readonly number[],
  { series }: BreakdownQuestion,
): string {
  return `INSERT INTO grouped SELECT ${unit}, key, is_other, ${JOINED}, min(hour)
    FROM read_parquet([${paths.map(literal)}]) WHERE ${isOf(series)} AND hour IN (${hours}) GROUP BY key, is_other`
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

function isOf({ tenant, videoId, type }: Series): string {
  return `tenant = ${literal(tenant)} AND video_id = ${literal(videoId)} AND type = ${literal(type)}`
}

/** Other producers may have written attributes that are not JSON: they have no value. */
export function attributeSql(key: string): string {
  const pointer = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
  return `coalesce(try(json_extract_string(attributes, ${literal(pointer)})), '')`
}
