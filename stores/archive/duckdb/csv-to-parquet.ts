// Converts a CSV file with a header into a Parquet file, for exports. Knows nothing of what the columns mean.
import { literal } from './database.ts'
import { openInstance } from './open-instance.ts'

/**
 * @param columns name to type, as DuckDB names it; an empty cell is null, except in text columns
 * Fails if a cell does not fit its type.
 */
export async function csvToParquet(
  csv: string,
  parquet: string,
  columns: Readonly<Record<string, string>>,
): Promise<void> {
  const types = Object.entries(columns).map(([name, type]) => `${literal(name)}: ${literal(type)}`)
  const texts = Object.keys(columns).filter((name) => columns[name] === 'VARCHAR')
  const read = `read_csv(${literal(csv)}, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
    columns = {${types.join(', ')}}, force_not_null = [${texts.map(literal).join(', ')}])`
  const instance = await openInstance()
  try {
    const connection = await instance.connect()
    await connection.run(`COPY (FROM ${read}) TO ${literal(parquet)} (FORMAT parquet, COMPRESSION zstd)`)
  } finally {
    instance.closeSync()
  }
}
