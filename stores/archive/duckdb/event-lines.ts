// Raw events as lines of NDJSON, in the form that the front door accepts, with the tenant if it has a name and the
// source of a CloudEvent.
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'

const TEXTS = ['tenant', 'id', 'event_source', 'video_id', 'type', 'viewer_id', 'channel_id', 'attributes']

/** Columns in the order that `lineOf` expects. */
export const LINE_COLUMNS = [...TEXTS, 'time_ms', 'value']

/** Some thousand lines at a time. */
export async function* eventLines(connection: DuckDBConnection, sql: string): AsyncGenerator<string[]> {
  const rows = await connection.stream(sql)
  for await (const lot of rows.yieldRows()) yield lot.map(lineOf)
}

function lineOf(row: readonly DuckDBValue[]): string {
  const [tenant, id, source, videoId, type, viewerId, channelId, attributes] = row
    .slice(0, TEXTS.length)
    .map((value) => value as string | null)
  const [time, thousandths] = row.slice(TEXTS.length)
  const event = {
    id,
    ...(source !== null && { source }),
    ...{ videoId, type, time: Number(time) },
    ...(thousandths !== null && { value: Number(thousandths) / 1000 }),
    ...(viewerId !== null && { viewerId }),
    ...(channelId !== null && { channelId }),
    ...(attributes !== null && { attributes: parsed(attributes!) }),
    ...(tenant !== '' && { tenant }),
  }
  return `${JSON.stringify(event)}\n`
}

/** Attributes that another producer may have written otherwise are passed on unchanged; an import refuses them. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}
