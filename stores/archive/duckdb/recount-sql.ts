// The recount as SQL. Of the rows of one event (its name is tenant, video, type, minute, source and id) one is chosen;
// what was chosen is added up by bucket, once whole and once for the part that came in time. Pure.

import { PROBE_SERIES } from '../../../model/probe.ts'
import type { SeriesRange } from '../../../model/series-range.ts'
import type { InTime, RecountQuestion } from '../archive.ts'
import { oldestLiveSql } from '../oldest-live-sql.ts'
import { HOUR, NAME_COLUMNS } from './columns.ts'
import { literal, relation } from './database.ts'

export const IS_PROBE = `type = ${literal(PROBE_SERIES.type)} AND video_id = ${literal(PROBE_SERIES.videoId)}`

/** Rows of the lanes that the stream counts. */
const COUNTED = `origin IN ('events', 'events-overflow')`

/** Whether a row came in time to be counted by the stream. */
const onTime = (inTime: InTime) => `${COUNTED} AND time_ms >= ${oldestLiveSql(inTime)}`

/** Whether a row can count at all: the stream refuses events that are too far ahead. */
const countable = ({ aheadMs }: InTime) => `NOT (${COUNTED} AND time_ms > log_time_ms + ${aheadMs})`

/** Of copies of an event, which have one name, the first one in this order counts. */
const COPIES = `PARTITION BY ${NAME_COLUMNS}
  ORDER BY on_time DESC, if(on_time, '', origin), if(on_time, '', source), log_offset, log_index, source`

export const AGGREGATES = ['count(*)', 'count(value)', 'sum(value)', 'min(value)', 'max(value)']

export const RECOUNTED = 'recounted'

/** In order, with their types. */
export const RECOUNTED_COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ...['tenant', 'video_id', 'type'].map((name) => [name, 'VARCHAR'] as const),
  ['minute', 'INTEGER'],
  ...['', '_on_time'].flatMap((part) => [
    [`count${part}`, 'BIGINT'] as const,
    [`values${part}`, 'BIGINT'] as const,
    [`sum${part}`, 'HUGEINT'] as const,
    [`min${part}`, 'BIGINT'] as const,
    [`max${part}`, 'BIGINT'] as const,
  ]),
]

export const CREATE_RECOUNTED = `CREATE TEMP TABLE ${RECOUNTED} (
  ${RECOUNTED_COLUMNS.map(([name, type]) => `"${name}" ${type}`).join(', ')})`

/** Of rows with these columns. */
export function readRecountedSql(rows: string): string {
  const columns = RECOUNTED_COLUMNS.map(([name, type]) => `"${name}"::${type} AS "${name}"`)
  return `SELECT ${columns.join(', ')} FROM ${rows} ORDER BY ${HOUR}, tenant, video_id, type, minute`
}

/**
 * Of the rows of a relation, those that count, each event once. The columns may name all of a row. For what looks for a
 * few of them, which DuckDB then reads alone; `countedOnceSql` is for all.
 */
export function chosenSql(rows: string, inTime: InTime, columns: readonly string[], tieBreak = ''): string {
  return `WITH countable AS (
      SELECT *, ${onTime(inTime)} AS on_time FROM (SELECT * FROM ${rows}) WHERE ${countable(inTime)}
    )
    SELECT ${columns.join(', ')} FROM countable QUALIFY row_number() OVER (${COPIES}${tieBreak}) = 1`
}

/** What decides which of the rows of an event counts. */
const DECIDING = `${NAME_COLUMNS}, origin, source, log_offset, log_index`

/**
 * The same rows, in half the time: most events have one row. Those are told by the hash of their name, which no other
 * row has; only the others are compared by their names and put in order. So a hash of two events costs time, no event.
 *
 * @param carried other columns of a row that `columns` name, besides what decides
 */
export function countedOnceSql(
  rows: string,
  inTime: InTime,
  carried: readonly string[],
  columns: readonly string[],
): string {
  return `WITH countable AS MATERIALIZED (
      SELECT ${[DECIDING, ...carried].join(', ')}, ${onTime(inTime)} AS on_time, hash(${NAME_COLUMNS}) AS name
      FROM (SELECT * FROM ${rows}) WHERE ${countable(inTime)}
    ), repeated AS MATERIALIZED (
      SELECT name FROM countable GROUP BY name HAVING count(*) > 1
    )
    SELECT ${columns.join(', ')} FROM countable ANTI JOIN repeated USING (name)
    UNION ALL
    SELECT ${columns.join(', ')} FROM countable SEMI JOIN repeated USING (name)
    QUALIFY row_number() OVER (${COPIES}) = 1`
}

/** Adds the buckets of a range of series to the table `recounted`. `hours` are in order. */
export function recountSql(
  paths: readonly string[],
  hours: readonly number[],
  { beforeMinute, ...inTime }: InTime & Pick<RecountQuestion, 'beforeMinute'>,
  range: SeriesRange,
): string {
  const rows = `${inRange(relation(paths), range)} WHERE ${withinHours(hours)} AND minute < ${beforeMinute}`
  const columns = ['tenant', 'video_id', 'type', 'minute', 'value', 'on_time']
  return `INSERT INTO ${RECOUNTED}
    SELECT tenant, video_id, type, minute,
      ${AGGREGATES.join(', ')},
      ${AGGREGATES.map((aggregate) => `${aggregate} FILTER (on_time)`).join(', ')}
    FROM (${countedOnceSql(rows, inTime, ['value'], columns)}) GROUP BY tenant, video_id, type, minute`
}

/**
 * The counting events of users in [from, to) minutes, each once, preferably the row without its viewer; in order of
 * time.
 */
export function countedRowsSql(
  paths: readonly string[],
  from: number,
  to: number,
  inTime: InTime,
  columns: readonly string[],
): string {
  const rows = `${relation(paths)} WHERE minute >= ${from} AND minute < ${to} AND NOT (${IS_PROBE})`
  return `SELECT ${columns.join(', ')} FROM (${chosenSql(rows, inTime, ['*'], ', viewer_id NULLS FIRST')})
    ORDER BY time_ms, tenant, video_id, id`
}

/** Tenant and video of some events of these hours, chosen at random. */
export function sampleSql(paths: readonly string[], hours: readonly number[], rows: number): string {
  return `SELECT tenant, video_id FROM (SELECT * FROM ${relation(paths)} WHERE ${withinHours(hours)})
    USING SAMPLE reservoir(${rows} ROWS) REPEATABLE (1)`
}

/**
 * The rows of a range of series. Each condition compares columns with constants, which lets DuckDB skip row groups
 * outside it: files are sorted by tenant and video.
 */
function inRange(rows: string, range: SeriesRange): string {
  const conditions = conditionsOf(range)
  if (conditions.length === 0) return rows
  return `(${conditions.map((condition) => `SELECT * FROM ${rows} WHERE ${condition}`).join(' UNION ALL ')})`
}

/** Of which a row in the range fulfils exactly one; none: all rows are in the range. */
function conditionsOf({ from, to }: SeriesRange): string[] {
  const fromVideo = from && `video_id >= ${literal(from.videoId)}`
  const toVideo = to && `video_id < ${literal(to.videoId)}`
  if (from !== null && from.tenant === to?.tenant) {
    return [`tenant = ${literal(from.tenant)} AND ${fromVideo} AND ${toVideo}`]
  }
  const between = [from && `tenant > ${literal(from.tenant)}`, to && `tenant < ${literal(to.tenant)}`]
  const parts = [
    from && `tenant = ${literal(from.tenant)} AND ${fromVideo}`,
    between.filter((one) => one !== null).join(' AND ') || null,
    to && `tenant = ${literal(to.tenant)} AND ${toVideo}`,
  ]
  return parts.filter((part) => part !== null)
}

/** A range filter, which lets DuckDB skip row groups outside it, and a list of hours only if there are gaps. */
export function withinHours(hours: readonly number[]): string {
  const first = hours[0]!
  const last = hours.at(-1)!
  const range = `minute BETWEEN ${first} AND ${last + 59}`
  return (last - first) / 60 === hours.length - 1 ? range : `${range} AND ${HOUR} IN (${hours})`
}
