// The rows of any Parquet file, as objects by column, for imports of the past.
import { DuckDBTypeId, type Json } from '@duckdb/node-api'
import { literal } from './database.ts'
import { openInstance } from './open-instance.ts'

/** A row with its number, from 1, in JSON types: times as RFC 3339 in UTC, large numbers as texts of digits. */
export type ParquetRow = { readonly line: number; readonly object: Readonly<Record<string, Json>> }

type Column = { readonly sql: string; readonly of: (value: Json) => Json }

const DATE_MS_MAX = 8.64e15
const INSTANTS: readonly DuckDBTypeId[] = [DuckDBTypeId.TIMESTAMP, DuckDBTypeId.TIMESTAMP_TZ]
/** Read as UTC, like times without a zone. */
const LOCAL_TIMES: readonly DuckDBTypeId[] = [
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIMESTAMP_S,
  DuckDBTypeId.TIMESTAMP_MS,
  DuckDBTypeId.TIMESTAMP_NS,
]

/** In batches, in the order of the file. Fails if the file is not Parquet. */
export async function* readParquetRows(file: string): AsyncGenerator<readonly ParquetRow[]> {
  const instance = await openInstance()
  try {
    const connection = await instance.connect()
    const from = `FROM read_parquet(${literal(file)})`
    const described = await connection.runAndReadAll(`SELECT * ${from} LIMIT 0`)
    const names = described.columnNames()
    const columns = names.map((name, at) => columnOf(name, described.columnTypeId(at)))
    const rows = await connection.stream(`SELECT ${columns.map(({ sql }) => sql).join(', ')} ${from}`)
    let line = 0
    for await (const lot of rows.yieldRowsJson()) {
      yield lot.map((row) => {
        const entries = row.map((value, at) => [names[at]!, value === null ? null : columns[at]!.of(value)])
        return { line: ++line, object: Object.fromEntries(entries) }
      })
    }
  } finally {
    instance.closeSync()
  }
}

function columnOf(name: string, type: DuckDBTypeId): Column {
  const quoted = `"${name.replaceAll('"', '""')}"`
  if (INSTANTS.includes(type)) return { sql: `epoch_ms(${quoted})`, of: instantText }
  if (LOCAL_TIMES.includes(type)) return { sql: `epoch_ms(${quoted}::TIMESTAMP)`, of: instantText }
  return { sql: quoted, of: (value) => value }
}

/** A time outside the calendar stays a number, which is refused later. */
function instantText(timeMs: Json): Json {
  return Math.abs(Number(timeMs)) <= DATE_MS_MAX ? new Date(Number(timeMs)).toISOString() : timeMs
}
