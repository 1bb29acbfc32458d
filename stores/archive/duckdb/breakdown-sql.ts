// A breakdown as SQL: the counting events of a series, grouped by the value of an attribute. Slices of the range are
// grouped one after the other, and then joined and ranked. Pure.
import type { BreakdownOrder, BreakdownQuestion } from '../breakdowns.ts'
import { literal, relation } from './database.ts'
import { AGGREGATES, chosenSql } from './recount-sql.ts'

export const CREATE_GROUPED = `CREATE TEMP TABLE grouped (
  unit INTEGER, key VARCHAR, count BIGINT, "values" BIGINT, sum HUGEINT, min BIGINT, max BIGINT, first INTEGER)`

/** Adds a slice to the table `grouped`. The minutes [from, to) lie in the range of the question. */
export function groupSql(
  paths: readonly string[],
  unit: number,
  { from, to }: { readonly from: number; readonly to: number },
  { series, by, ...inTime }: BreakdownQuestion,
): string {
  const { tenant, videoId, type } = series
  const rows = `${relation(paths)}
    WHERE tenant = ${literal(tenant)} AND video_id = ${literal(videoId)} AND type = ${literal(type)}
      AND minute >= ${from} AND minute < ${to}`
  return `INSERT INTO grouped SELECT ${unit}, key, ${AGGREGATES.join(', ')}, min(minute)
    FROM (${chosenSql(rows, inTime, ['minute', 'value', `${attributeSql(by)} AS key`])}) GROUP BY key`
}

/** The rows in their order, and after them, without a key, what is beyond `rowsMax`. */
export function rankedSql(orderBy: BreakdownOrder, rowsMax: number): string {
  return `WITH joined AS (
      SELECT key, sum(count)::BIGINT AS count, sum("values")::BIGINT AS "values", coalesce(sum(sum), 0) AS sum,
        min(min) AS min, max(max) AS max, min(first) AS first
      FROM grouped GROUP BY key
    ), ranked AS (
      SELECT *, least(row_number() OVER (ORDER BY ${ORDERS[orderBy]} DESC NULLS LAST, key), ${rowsMax + 1}) AS place
      FROM joined
    )
    SELECT if(place > ${rowsMax}, NULL, any_value(key)), sum(count)::BIGINT, sum("values")::BIGINT, sum(sum)::HUGEINT,
      min(min), max(max), min(first)
    FROM ranked GROUP BY place ORDER BY place`
}

/** An average to the 18th decimal place: sums of 10^9 of the highest values do not overflow. */
const ORDERS: Readonly<Record<BreakdownOrder, string>> = {
  count: 'count',
  sum: 'sum',
  average: `if("values" = 0, NULL, sum * ${10n ** 15n} // "values")`,
  min: 'min',
  max: 'max',
}

/** Other producers may have written attributes that are not JSON: they have no value. */
function attributeSql(key: string): string {
  const pointer = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
  return `coalesce(try(json_extract_string(attributes, ${literal(pointer)})), '')`
}
