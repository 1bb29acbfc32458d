// Rollups by attributes as SQL: the events that count are chosen once, and then grouped by each attribute. Pure.
import { MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import type { HoursToRollUp } from '../breakdowns.ts'
import { attributesSql } from './breakdown-sql.ts'
import { HOUR } from './columns.ts'
import { literal, relation } from './database.ts'
import { countedOnceSql, IS_PROBE, withinHours } from './recount-sql.ts'

/** Rows of which the video's hash modulo `of` is `part`: a share of the videos that fits into memory. */
export type Share = { readonly part: number; readonly of: number }

/** The columns of a file; sums as decimals, because Parquet has no integers of that size. */
const COLUMNS = 'tenant, video_id, type, hour, key, is_other, count, "values", sum, min, max'
const ORDER = 'tenant, video_id, type, hour, is_other, key'
const SERIES_HOUR = 'tenant, video_id, type, hour'

/** Fills the table `chosen` with a share of the events of users. `hours` are in order. */
export function chooseSql(
  paths: readonly string[],
  hours: readonly number[],
  { dimensions, ...inTime }: HoursToRollUp,
  { part, of }: Share,
): string {
  const share = of === 1 ? '' : `AND hash(tenant, video_id) % ${of} = ${part}`
  const rows = `${relation(paths)} WHERE ${withinHours(hours)} AND NOT (${IS_PROBE}) ${share}`
  const columns = [
    'tenant',
    'video_id',
    'type',
    `${HOUR} AS hour`,
    'value',
    `${attributesSql(dimensions)} AS keys`,
  ]
  const keys = dimensions.map((_, i) => `coalesce(keys[${i + 1}], '') AS key${i}`)
  return `CREATE OR REPLACE TEMP TABLE chosen AS SELECT ${SERIES_HOUR}, value, ${keys.join(', ')}
    FROM (${countedOnceSql(rows, inTime, ['value', 'attributes'], columns)})`
}

/** What was chosen, by one of the attributes. Few series have more values than are kept apart: only they are ranked. */
export function rolledUpSql(dimension: number, valuesMax: number): string {
  return `WITH grouped AS MATERIALIZED (
      SELECT ${SERIES_HOUR}, key${dimension} AS key, count(*) AS count, count(value) AS "values",
        sum(value)::DECIMAL(38, 0) AS sum, min(value) AS min, max(value) AS max
      FROM chosen GROUP BY ALL
    ), large AS MATERIALIZED (
      SELECT ${SERIES_HOUR} FROM grouped GROUP BY ALL HAVING count(*) > ${valuesMax}
    ), ranked AS (
      SELECT *, row_number() OVER (PARTITION BY ${SERIES_HOUR} ORDER BY count DESC, key) > ${valuesMax} AS is_other
      FROM grouped SEMI JOIN large USING (${SERIES_HOUR})
    )
    SELECT ${SERIES_HOUR}, key, false AS is_other, count, "values", sum, min, max
    FROM grouped ANTI JOIN large USING (${SERIES_HOUR})
    UNION ALL
    SELECT ${SERIES_HOUR}, if(is_other, '', key) AS key, is_other, sum(count)::BIGINT, sum("values")::BIGINT,
      sum(sum)::DECIMAL(38, 0), min(min), max(max)
    FROM ranked GROUP BY ALL`
}

/** Keeps what `rolledUpSql` says of a share of the videos, beside that of the shares before. */
export function keptSql(dimension: number, valuesMax: number, { part }: Share): string {
  const rows = rolledUpSql(dimension, valuesMax)
  return part === 0
    ? `CREATE OR REPLACE TEMP TABLE rolled_up_${dimension} AS ${rows}`
    : `INSERT INTO rolled_up_${dimension} ${rows}`
}

export function readKeptSql(dimension: number): string {
  return `SELECT ${COLUMNS} FROM rolled_up_${dimension}`
}

/** The rows of a new file: what was rolled up, and the other hours of the file before it. */
export function joinedSql(rolledUp: string, before: string | null, hours: readonly number[]): string {
  const fresh = `SELECT ${COLUMNS} FROM (${rolledUp})`
  if (before === null) return `${fresh} ORDER BY ${ORDER}`
  return `${fresh} UNION ALL SELECT ${COLUMNS} FROM read_parquet(${literal(before)}) WHERE hour NOT IN (${hours})
    ORDER BY ${ORDER}`
}

/** Rows of a video in hours that end by a minute. */
export function videoSql(tenant: string, videoId: string, beforeMinute: number): string {
  const video = `tenant = ${literal(tenant)} AND video_id = ${literal(videoId)}`
  return `${video} AND hour + ${MINUTES_PER_HOUR} <= ${beforeMinute}`
}

/** The rows of a file without some. */
export function withoutSql(path: string, removed: string): string {
  return `SELECT ${COLUMNS} FROM read_parquet(${literal(path)}) WHERE NOT (${removed}) ORDER BY ${ORDER}`
}
