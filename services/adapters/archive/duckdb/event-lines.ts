// Raw events as lines of NDJSON, as the front door takes them; of a tenant that has a name, with that name.
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'

/** The client drops U+FEFF where a text begins with it: so none does. */
const SENTINEL = 'x'
const texts = ['tenant', 'id', 'video_id', 'type', 'viewer_id', 'channel_id', 'attributes']

/** Selected in the order in which `lineOf` takes them. */
export const LINE_COLUMNS = [
  ...texts.map((name) => `'${SENTINEL}' || ${name} AS ${name}`),
  'time_ms',
  'value',
]

/** Some thousand lines at a time. */
export async function* eventLines(connection: DuckDBConnection, sql: string): AsyncGenerator<string[]> {
  const rows = await connection.stream(sql)
  for await (const lot of rows.yieldRows()) yield lot.map(lineOf)
}

function lineOf(row: readonly DuckDBValue[]): string {
  const [tenant, id, videoId, type, viewerId, channelId, attributes] = row.slice(0, texts.length).map(textOf)
  const [time, thousandths] = row.slice(texts.length)
  const event = {
    ...{ id, videoId, type, time: Number(time) },
    ...(thousandths !== null && { value: Number(thousandths) / 1000 }),
    ...(viewerId !== null && { viewerId }),
    ...(channelId !== null && { channelId }),
    ...(attributes !== null && { attributes: parsed(attributes!) }),
    ...(tenant !== '' && { tenant }),
  }
  return `${JSON.stringify(event)}\n`
}

function textOf(value: DuckDBValue): string | null {
  return value === null ? null : String(value).slice(SENTINEL.length)
}

/** What another producer may have written stays as it is, to be refused where it is read. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}
