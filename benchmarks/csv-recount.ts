// The obvious solution for events in a CSV file: a single SQL statement.
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api'
import { minuteOf } from '../model/bucket.ts'
import type { RawBatch } from '../stores/archive/archive.ts'

type Settings = { readonly threads: number; readonly horizonMs: number; readonly aheadMs: number }

const COLUMNS = `{
  tenant: 'VARCHAR', video_id: 'VARCHAR', type: 'VARCHAR', minute: 'INTEGER', id: 'VARCHAR', time_ms: 'BIGINT',
  value: 'BIGINT', viewer_id: 'VARCHAR', channel_id: 'VARCHAR', attributes: 'VARCHAR', origin: 'VARCHAR',
  source: 'VARCHAR', log_offset: 'BIGINT', log_index: 'INTEGER', log_time_ms: 'BIGINT', event_source: 'VARCHAR'}`

/** Lines without a header. */
export function csvOf({ sourceId, origin, events }: RawBatch): string {
  let text = ''
  for (const event of events) {
    const { tenant, videoId, type, id, timeMs, valueThousandths, viewerId, channelId, attributes } = event
    const what = `${tenant},${videoId},${type},${minuteOf(timeMs)},${id},${timeMs},${valueThousandths ?? ''}`
    const more = `${viewerId ?? ''},${channelId ?? ''},${attributes === null ? '' : quoted(attributes)}`
    const place = `${origin},${sourceId},${event.offset},${event.index},${event.logTimeMs},${event.source ?? ''}`
    text += `${what},${more},${place}\n`
  }
  return text
}

/** Rows of tenant, video, type, minute and the columns of the two aggregates, unordered. */
export async function recountCsv(
  file: string,
  { threads, horizonMs, aheadMs }: Settings,
): Promise<DuckDBValue[][]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) })
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll(`
      SELECT tenant, video_id, type, minute,
        count(*), count(value), coalesce(sum(value), 0), min(value), max(value),
        count(*) FILTER (on_time), count(value) FILTER (on_time), coalesce(sum(value) FILTER (on_time), 0),
        min(value) FILTER (on_time), max(value) FILTER (on_time)
      FROM (
        SELECT DISTINCT ON (tenant, video_id, type, minute, event_source, id) *
        FROM (
          SELECT *, origin = 'events' AND time_ms >= log_time_ms - ${horizonMs} AS on_time
          FROM read_csv('${file}', header = false, columns = ${COLUMNS}, nullstr = '', force_not_null = ['tenant'])
          WHERE origin <> 'events' OR time_ms <= log_time_ms + ${aheadMs}
        )
        ORDER BY NOT on_time, if(on_time, '', origin), if(on_time, '', source), log_offset, log_index, source
      )
      GROUP BY ALL`)
    return reader.getRows()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}
