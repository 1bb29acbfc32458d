// The rows of any Parquet file, as objects by column, for imports of the past.
import type { Json } from '@duckdb/node-api'
import { literal } from './database.ts'
import { openInstance } from './open-instance.ts'

/** A row, from 1, as JSON has it: times as texts, large numbers as texts of digits. */
export type ParquetRow = { readonly line: number; readonly object: Readonly<Record<string, Json>> }

/** In lots, in the order of the file. Fails where it cannot be read as Parquet. */
export async function* readParquetRows(file: string): AsyncGenerator<readonly ParquetRow[]> {
  const instance = await openInstance()
  try {
    const connection = await instance.connect()
    const rows = await connection.stream(`SELECT * FROM read_parquet(${literal(file)})`)
    let line = 0
    for await (const lot of rows.yieldRowObjectJson()) yield lot.map((object) => ({ line: ++line, object }))
  } finally {
    instance.closeSync()
  }
}
