// Every CQL statement of the rollups and the journal, and nothing else: all of them are prepared at the start. Each
// writes or reads one partition, but for the list of months.

/**
 * The timestamp is made like that of a minute's total, from its start and version. A time to live of 0 means for
 * ever.
 */
export const INSERT_ROLLUP = `
  INSERT INTO rollups (tenant, video_id, event_type, resolution, period, bucket_start, total)
  VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?`

/** The same, with the quarters of an hour. */
export const INSERT_HOUR_ROLLUP = `
  INSERT INTO rollups (tenant, video_id, event_type, resolution, period, bucket_start, total, quarters)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?`

export const INSERT_PERIOD = `
  INSERT INTO rollup_periods (tenant, video_id, event_type, resolution, period)
  VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?`

const ROLLUP_COLUMNS = `
  bucket_start, total.count AS count, total.values AS values, total.sum AS sum, total.min AS min, total.max AS max`

export const SELECT_ROLLUPS = `
  SELECT ${ROLLUP_COLUMNS} FROM rollups
  WHERE tenant = ? AND video_id = ? AND event_type = ? AND resolution = ? AND period = ?
    AND bucket_start >= ? AND bucket_start < ?`

/** The hours of several series, whose partitions a node holds. */
export const SELECT_HOURS_OF_SERIES = `
  SELECT video_id, ${ROLLUP_COLUMNS} FROM rollups
  WHERE tenant = ? AND video_id IN ? AND event_type = ? AND resolution = ? AND period = ?
    AND bucket_start >= ? AND bucket_start < ?`

/** As SELECT_ROLLUPS, for hours, with their quarters. */
export const SELECT_QUARTERS = `
  SELECT ${ROLLUP_COLUMNS}, total.up_to AS up_to, quarters FROM rollups
  WHERE tenant = ? AND video_id = ? AND event_type = ? AND resolution = ? AND period = ?
    AND bucket_start >= ? AND bucket_start < ?`

export const SELECT_FIRST_ROLLUP = `
  SELECT bucket_start FROM rollups
  WHERE tenant = ? AND video_id = ? AND event_type = ? AND resolution = ? AND period = ? LIMIT 1`

export const SELECT_PERIODS = `
  SELECT period FROM rollup_periods
  WHERE tenant = ? AND video_id = ? AND event_type = ? AND resolution = ? AND period >= ? AND period <= ?`

export const SELECT_FIRST_PERIODS = `
  SELECT period FROM rollup_periods
  WHERE tenant = ? AND video_id = ? AND event_type = ? AND resolution = ? AND period >= ? LIMIT 2`

export const SELECT_ROLLUP_TYPES = `
  SELECT event_type FROM rollup_periods WHERE tenant = ? AND video_id = ? GROUP BY event_type`

/** Over all partitions, a page at a time. */
export const SELECT_ROLLUP_VIDEOS = 'SELECT DISTINCT tenant, video_id FROM rollup_periods'

/** Over all partitions, a page at a time. */
export const SELECT_STORED_ROLLUPS = `
  SELECT tenant, video_id, event_type, resolution, ${ROLLUP_COLUMNS}, total.up_to AS up_to, quarters FROM rollups`

/** The timestamp is the version, also in the next statement. */
export const INSERT_HOUR = 'INSERT INTO hour_audits (month, hour, audit) VALUES (?, ?, ?) USING TIMESTAMP ?'

export const INSERT_RECONCILED = 'INSERT INTO reconciled (scope, reconciled) VALUES (?, ?) USING TIMESTAMP ?'

/** Over all partitions: one a month. */
export const SELECT_AUDITED_MONTHS = 'SELECT DISTINCT month FROM hour_audits'

export const SELECT_HOURS = 'SELECT audit FROM hour_audits WHERE month = ? AND hour >= ? AND hour < ?'

/** The id that the cluster gave to the table when it was made, of a snapshot or not. */
export const SELECT_TABLE_ID =
  "SELECT id FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'reconciled'"

export const SELECT_RECONCILED = 'SELECT reconciled FROM reconciled WHERE scope = ?'

/** Without a timestamp of ours: the later write of an entry replaces the earlier. */
export const INSERT_ENTRY =
  'INSERT INTO journal (book, month, at, key, body) VALUES (?, ?, ?, ?, ?) USING TTL ?'

export const INSERT_BOOK_MONTH = 'INSERT INTO journal_months (book, month) VALUES (?, ?) USING TTL ?'

/** The timestamp is the time of the entry: an earlier one never takes effect. */
export const INSERT_ENTRY_KEY =
  'INSERT INTO journal_keys (book, key, at) VALUES (?, ?, ?) USING TIMESTAMP ? AND TTL ?'

export const SELECT_BOOK_MONTHS = 'SELECT month FROM journal_months WHERE book = ? AND month <= ?'

export const SELECT_ENTRIES = `
  SELECT at, key, body FROM journal WHERE book = ? AND month = ? AND at < ? LIMIT ?`

export const SELECT_ENTRY_KEY = 'SELECT at FROM journal_keys WHERE book = ? AND key = ?'

export const SELECT_ENTRY =
  'SELECT at, key, body FROM journal WHERE book = ? AND month = ? AND at = ? AND key = ?'
