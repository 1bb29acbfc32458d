// Rollups by attributes as SQL: the events that count are chosen once, and then grouped by each attribute. Pure.
import { MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import type { HoursToRollUp } from '../breakdowns.ts'
import { attributesSql } from './breakdown-sql.ts'
import { HOUR } from './columns.ts'
import { literal, relation } from './database.ts'
import type { CurrentFile } from './dimension-files.ts'
import { countedOnceSql, IS_PROBE, withinHours } from './recount-sql.ts'

/** Rows of which the video's hash modulo `of` is `part`: a share of the videos that fits into memory. */
export type Share = { readonly part: number; readonly of: number }

/** Rows to be written, and what puts them in the order of a file. */
export type Rows = { readonly sql: string; readonly order: string }

/** A file that can be read. */
export type OpenFile = Pick<CurrentFile, 'hours' | 'isWhole'> & { readonly path: string }

/** The columns of a file; sums as decimals, because Parquet has no integers of that size. */
const COLUMNS = 'tenant, video_id, type, hour, key, is_other, count, "values", sum, min, max'
const SERIES_HOUR = 'tenant, video_id, type, hour'
const ORDER = `${SERIES_HOUR}, is_other, key`

/** Tells the hours of series apart in less time than their names; those of two series may have one hash. */
export const SERIES_HASH = `hash(${SERIES_HOUR})`

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
  return `CREATE OR REPLACE TEMP TABLE chosen AS
    SELECT ${SERIES_HASH} AS series, ${SERIES_HOUR}, value, ${keys.join(', ')}
    FROM (${countedOnceSql(rows, inTime, ['value', 'attributes'], columns)})`
}

/** Fills the table `series` with the hours of series that were chosen: hash, place, and how many events. */
export const LIST_SERIES = `CREATE OR REPLACE TEMP TABLE series AS
  SELECT *, row_number() OVER (ORDER BY ${SERIES_HOUR}) AS place
  FROM (SELECT series, ${SERIES_HOUR}, count(*) AS events FROM chosen GROUP BY ALL)`

/** How many hours of series have the hash of another. */
export const SHARED_HASHES = 'SELECT count(*) - count(DISTINCT series) FROM series'

/** Numbers the hours of series by their places, which no two have in common, in place of their hashes. */
export const NUMBER_BY_PLACE = [
  `CREATE OR REPLACE TEMP TABLE chosen AS
    SELECT chosen.* REPLACE (place AS series) FROM chosen JOIN series USING (${SERIES_HOUR})`,
  'UPDATE series SET series = place',
]

/**
 * What was chosen, by one of the attributes, with the place of each series' hour. Values are ranked only where there
 * are events of more values than are kept apart.
 */
function rolledUpSql(dimension: number, valuesMax: number): string {
  return `WITH grouped AS MATERIALIZED (
      SELECT series, key${dimension} AS key, count(*) AS count, count(value) AS "values",
        sum(value)::DECIMAL(38, 0) AS sum, min(value) AS min, max(value) AS max
      FROM chosen GROUP BY ALL
    ), large AS (
      SELECT series FROM series WHERE events > ${valuesMax}
    ), ranked AS (
      SELECT *, row_number() OVER (PARTITION BY series ORDER BY count DESC, key) > ${valuesMax} AS is_other
      FROM grouped SEMI JOIN large USING (series)
    )
    SELECT ${COLUMNS}, place FROM series JOIN (
      SELECT series, key, false AS is_other, count, "values", sum, min, max FROM grouped ANTI JOIN large USING (series)
      UNION ALL
      SELECT series, if(is_other, '', key) AS key, is_other, sum(count)::BIGINT, sum("values")::BIGINT,
        sum(sum)::DECIMAL(38, 0), min(min), max(max)
      FROM ranked GROUP BY ALL
    ) USING (series)`
}

/** Keeps what `rolledUpSql` says of a share of the videos, beside that of the shares before. */
export function keptSql(dimension: number, valuesMax: number, { part }: Share): string {
  const rows = `SELECT ${COLUMNS} FROM (${rolledUpSql(dimension, valuesMax)})`
  return part === 0
    ? `CREATE OR REPLACE TEMP TABLE rolled_up_${dimension} AS ${rows}`
    : `INSERT INTO rolled_up_${dimension} ${rows}`
}

/** All hours of one share have a place among each other. */
export function rolledUpRows(dimension: number, valuesMax: number): Rows {
  return { sql: rolledUpSql(dimension, valuesMax), order: 'place, is_other, key' }
}

export function keptRows(dimension: number): Rows {
  return { sql: `FROM rolled_up_${dimension}`, order: ORDER }
}

/** Rows of files, of each only its hours. */
export function filesSql(files: readonly OpenFile[]): string {
  const [whole, others] = [files.filter((file) => file.isWhole), files.filter((file) => !file.isWhole)]
  const all = whole.length === 0 ? [] : [`SELECT ${COLUMNS} FROM read_parquet([${whole.map(pathSql)}])`]
  const parts = others.map(
    (file) => `SELECT ${COLUMNS} FROM read_parquet(${pathSql(file)}) WHERE hour IN (${file.hours})`,
  )
  return [...all, ...parts].join(' UNION ALL ')
}

/** The rows of a new file: these hours of what was rolled up. */
export function hoursSql({ sql, order }: Rows, hours: readonly number[]): string {
  return `SELECT ${COLUMNS} FROM (${sql}) WHERE hour IN (${hours}) ORDER BY ${order}`
}

/** The rows of files together. */
export function mergedSql(files: readonly OpenFile[]): string {
  return `SELECT ${COLUMNS} FROM (${filesSql(files)}) ORDER BY ${ORDER}`
}

/** Rows of a video in hours that end by a minute. */
export function videoSql(tenant: string, videoId: string, beforeMinute: number): string {
  const video = `tenant = ${literal(tenant)} AND video_id = ${literal(videoId)}`
  return `${video} AND hour + ${MINUTES_PER_HOUR} <= ${beforeMinute}`
}

/** The rows of a file without some. */
export function withoutSql(file: OpenFile, removed: string): string {
  return `SELECT ${COLUMNS} FROM (${filesSql([file])}) WHERE NOT (${removed}) ORDER BY ${ORDER}`
}

function pathSql({ path }: OpenFile): string {
  return literal(path)
}
