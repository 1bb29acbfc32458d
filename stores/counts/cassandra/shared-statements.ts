// Every CQL statement of the counts that many videos share, and nothing else: as in statements.ts.

export const INSERT_SHARED_TOTAL = `
  INSERT INTO shared_counts (shard, hour, tenant, video_id, event_type, minute, source, total)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?`

/** Of buckets in one partition. */
export const SELECT_SHARED_TOTALS = `
  SELECT tenant, video_id, event_type, minute, total.count AS count, total.values AS values, total.sum AS sum,
    total.min AS min, total.max AS max, total.up_to AS up_to
  FROM shared_counts
  WHERE shard = ? AND hour = ? AND (tenant, video_id, event_type, minute, source) IN ?`

const OF_SERIES = `
  FROM shared_counts
  WHERE shard = ? AND hour = ? AND tenant = ? AND video_id = ? AND event_type = ?`

/** The sums over all sources of an hour's minutes in [?, ?), added up by the server. */
const sums = (start: string, group: string) => `
  SELECT ${start} AS start, sum(total.count) AS count, sum(total.values) AS values, sum(total.sum) AS sum,
    min(total.min) AS min, max(total.max) AS max
  ${OF_SERIES} AND minute >= ? AND minute < ? ${group}`

export const SELECT_SHARED_SUMS = {
  minute: sums('minute', 'GROUP BY minute'),
  quarter: sums('floor(minute, 15m)', 'GROUP BY floor(minute, 15m)'),
  hour: sums('min(minute)', ''),
  day: sums('min(minute)', ''),
} as const

/** The rows of an hour's minutes in [?, ?), one per source. */
export const SELECT_SHARED_ROWS = `
  SELECT minute, source, total.count AS count, total.values AS values, total.sum AS sum,
    total.min AS min, total.max AS max
  ${OF_SERIES} AND minute >= ? AND minute < ?`

export const SELECT_SHARED_FIRST_MINUTE = `SELECT minute ${OF_SERIES} LIMIT 1`

/** The series of an hour and shard, in the order of the table. */
const series = (upTo: string) => `
  SELECT tenant, video_id, event_type FROM shared_counts
  WHERE hour = ? AND shard = ? AND (tenant, video_id) >= (?, ?) ${upTo}
  GROUP BY tenant, video_id, event_type`

export const SELECT_SHARED_SERIES = series('')
export const SELECT_SHARED_SERIES_TO = series('AND (tenant, video_id) < (?, ?)')

export const SELECT_FORMS = 'SELECT from_hour, shards, state FROM count_forms WHERE scope = ?'

/** The earlier the day, the higher the timestamp: the earliest that was ever written stays. */
export const INSERT_FIRST_DAY = `
  INSERT INTO shared_series (shards, shard, tenant, video_id, event_type, first_day) VALUES (?, ?, ?, ?, ?, ?)
  USING TIMESTAMP ?`

const OF_SHARD = 'FROM shared_series WHERE shards = ? AND shard = ?'

export const SELECT_SERIES_FIRST_DAY = `
  SELECT first_day ${OF_SHARD} AND tenant = ? AND video_id = ? AND event_type = ?`

export const SELECT_SERIES_TYPES = `SELECT event_type ${OF_SHARD} AND tenant = ? AND video_id = ?`

export const SELECT_SERIES_VIDEOS = `SELECT tenant, video_id ${OF_SHARD} GROUP BY tenant, video_id`
