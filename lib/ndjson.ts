// Tables as newline-delimited JSON: one object per row, one member per column.
import type { Table } from './table.ts'

export const NDJSON_MEDIA_TYPE = 'application/x-ndjson; charset=utf-8'

export function* ndjsonPieces({ columns, rows }: Table): Generator<string> {
  for (const row of rows) {
    yield `${JSON.stringify(Object.fromEntries(row.map((cell, at) => [columns[at], cell])))}\n`
  }
}
