// Every CQL statement of the counts, and nothing else: all of them are prepared at the start. Each writes or reads one
// partition, so that it can be sent to a node that has it.

/**
 * The timestamp is that of law 2; the time to live is counted from the minute, so that a repeated write does not live
 * longer.
 */
export const INSERT_TOTAL = `
  INSERT INTO counts (tenant, video_id, event_type, day, minute, source, total)
  VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?`

export const INSERT_DAY = `
  INSERT INTO video_days (tenant, video_id, event_type, day) VALUES (?, ?, ?, ?) USING TIMESTAMP ?`

export const SELECT_TOTALS = `
  SELECT minute, total.count AS count, total.values AS values, total.sum AS sum,
    total.min AS min, total.max AS max, total.up_to AS up_to
  FROM counts
  WHERE tenant = ? AND video_id = ? AND event_type = ? AND day = ? AND minute IN ? AND source = ?`

/** The sums over all sources of a day's minutes in [?, ?), added up by the server. */
const sums = (start: string, group: string) => `
  SELECT ${start} AS start, sum(total.count) AS count, sum(total.values) AS values, sum(total.sum) AS sum,
    min(total.min) AS min, max(total.max) AS max
  FROM counts
  WHERE tenant = ? AND video_id = ? AND event_type = ? AND day = ? AND minute >= ? AND minute < ?
  GROUP BY ${group}`

export const SELECT_SUMS = {
  minute: sums('minute', 'minute'),
  quarter: sums('floor(minute, 15m)', 'floor(minute, 15m)'),
  hour: sums('floor(minute, 1h)', 'floor(minute, 1h)'),
  day: sums('min(minute)', 'day'),
} as const

/** The rows of a day's minutes in [?, ?), one per source. */
export const SELECT_ROWS = `
  SELECT minute, source, total.count AS count, total.values AS values, total.sum AS sum,
    total.min AS min, total.max AS max
  FROM counts
  WHERE tenant = ? AND video_id = ? AND event_type = ? AND day = ? AND minute >= ? AND minute < ?`

export const SELECT_DAYS = `
  SELECT day FROM video_days
  WHERE tenant = ? AND video_id = ? AND event_type = ? AND day >= ? AND day < ?`

export const SELECT_FIRST_DAY = `
  SELECT day FROM video_days WHERE tenant = ? AND video_id = ? AND event_type = ? LIMIT 1`

export const SELECT_FIRST_MINUTE = `
  SELECT minute FROM counts WHERE tenant = ? AND video_id = ? AND event_type = ? AND day = ? LIMIT 1`

export const SELECT_TYPES = `
  SELECT event_type FROM video_days WHERE tenant = ? AND video_id = ? GROUP BY event_type`

/** Over all partitions, a page at a time. */
export const SELECT_VIDEOS = 'SELECT DISTINCT tenant, video_id FROM video_days'

/** The timestamp is the offset: a lower one never takes effect. */
export const INSERT_CHECKPOINT = `
  INSERT INTO checkpoints (source, checkpoint) VALUES (?, ?) USING TIMESTAMP ?`

const CHECKPOINT_COLUMNS = `
  source, checkpoint.log_offset AS offset, checkpoint.log_time AS log_time, checkpoint.records AS records,
  checkpoint.events AS events, checkpoint.counted AS counted, checkpoint.duplicate AS duplicate,
  checkpoint.late AS late, checkpoint.dead AS dead, checkpoint.dead_records AS dead_records,
  checkpoint.probe_records AS probe_records, checkpoint.probe_events AS probe_events,
  checkpoint.probe_counted AS probe_counted, checkpoint.probe_duplicate AS probe_duplicate,
  checkpoint.probe_late AS probe_late, checkpoint.probe_dead AS probe_dead`

export const SELECT_CHECKPOINT = `SELECT ${CHECKPOINT_COLUMNS} FROM checkpoints WHERE source = ?`

/** Over all partitions: there are as many rows as sources. */
export const SELECT_CHECKPOINTS = `SELECT ${CHECKPOINT_COLUMNS} FROM checkpoints`

export const INSERT_HOUR_SERIES = `
  INSERT INTO hour_series (hour, shard, tenant, video_id, event_type) VALUES (?, ?, ?, ?, ?)
  USING TIMESTAMP ? AND TTL ?`

export const INSERT_COUNTED_HOUR =
  'INSERT INTO counted_hours (month, hour) VALUES (?, ?) USING TIMESTAMP ? AND TTL ?'

export const SELECT_HOUR_SERIES = `
  SELECT tenant, video_id, event_type FROM hour_series
  WHERE hour = ? AND shard = ? AND (tenant, video_id) >= (?, ?)`

/** The same of a range of videos that ends before one. */
export const SELECT_HOUR_SERIES_TO = `${SELECT_HOUR_SERIES} AND (tenant, video_id) < (?, ?)`

export const SELECT_COUNTED_HOURS =
  'SELECT hour FROM counted_hours WHERE month = ? AND hour >= ? AND hour < ?'
