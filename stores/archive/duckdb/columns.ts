// The columns of a raw file and how an event fills them. Files live longer than releases: columns may be added at the
// end, never changed.
import { BIGINT, type DuckDBType, type DuckDBValue, INTEGER, VARCHAR } from '@duckdb/node-api'
import { minuteOf } from '../../../model/bucket.ts'
import type { RawEvent } from '../archive.ts'

type EventColumn = {
  readonly name: string
  readonly type: DuckDBType
  readonly of: (event: RawEvent) => DuckDBValue
}

export const EVENT_COLUMNS: readonly EventColumn[] = [
  { name: 'tenant', type: VARCHAR, of: (event) => event.tenant },
  { name: 'video_id', type: VARCHAR, of: (event) => event.videoId },
  { name: 'type', type: VARCHAR, of: (event) => event.type },
  { name: 'minute', type: INTEGER, of: (event) => minuteOf(event.timeMs) },
  { name: 'id', type: VARCHAR, of: (event) => event.id },
  { name: 'time_ms', type: BIGINT, of: (event) => BigInt(event.timeMs) },
  {
    name: 'value',
    type: BIGINT,
    of: ({ valueThousandths: value }) => (value === null ? null : BigInt(value)),
  },
  { name: 'viewer_id', type: VARCHAR, of: (event) => event.viewerId },
  { name: 'channel_id', type: VARCHAR, of: (event) => event.channelId },
  { name: 'attributes', type: VARCHAR, of: (event) => event.attributes },
  { name: 'log_offset', type: BIGINT, of: (event) => BigInt(event.offset) },
  { name: 'log_index', type: INTEGER, of: (event) => event.index },
  { name: 'log_time_ms', type: BIGINT, of: (event) => BigInt(event.logTimeMs) },
  // `source` is that of the log: files without this column are from before the sources of CloudEvents were kept.
  { name: 'event_source', type: VARCHAR, of: (event) => event.source },
]

/**
 * Rows of two files with these columns in common are copies: all columns but the viewer, who may have been forgotten
 * in one of the files.
 */
export const ROW_COLUMNS =
  'tenant, video_id, type, minute, id, time_ms, value, channel_id, attributes, origin, source, ' +
  'log_offset, log_index, log_time_ms, event_source'

/** In the order of the file's columns. */
export const FILE_COLUMNS = ROW_COLUMNS.replace('channel_id', 'viewer_id, channel_id')

/** Appended to a query of rows: takes each row once, preferably the one without a viewer. */
export const EACH_ONCE = `QUALIFY row_number() OVER (PARTITION BY ${ROW_COLUMNS} ORDER BY viewer_id NULLS FIRST) = 1`

/** A total order except for copies of one row, so that the same rows make the same file. */
export const FILE_ORDER = 'tenant, video_id, minute, id, source, log_offset, log_index'

/** Small enough that a search for one video can skip many. */
const ROW_GROUP_ROWS = 65_536
export const FILE_FORMAT = `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`

/** The beginning of a row's hour, minutes since the epoch; `//` would round towards 0. */
export const HOUR = '(minute - ((minute % 60) + 60) % 60)'

/** Rows of one event have equal values in these columns; nulls count as equal. */
export const NAME_COLUMNS = 'tenant, video_id, type, minute, event_source, id'

/** A table of all columns and no rows, to be read beside files, which may lack the last of them. */
export const NOTHING = 'nothing'
export const CREATE_NOTHING = `CREATE TABLE ${NOTHING} (
  tenant VARCHAR, video_id VARCHAR, type VARCHAR, minute INTEGER, id VARCHAR, time_ms BIGINT, value BIGINT,
  viewer_id VARCHAR, channel_id VARCHAR, attributes VARCHAR, origin VARCHAR, source VARCHAR,
  log_offset BIGINT, log_index INTEGER, log_time_ms BIGINT, event_source VARCHAR, filename VARCHAR)`
