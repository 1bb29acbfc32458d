// Raw events as lines of NDJSON, as the front door takes them; of a tenant that has a name, with that name, and of a
// CloudEvent with its source.
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'

const TEXTS = ['tenant', 'id', 'event_source', 'video_id', 'type', 'viewer_id', 'channel_id', 'attributes']

/** Selected in the order in which `lineOf` takes them. */
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

/** What another producer may have written stays as it is, to be refused where it is read. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}
