// Exports the raw events of a range as one file, for other programs and for imports.
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { RawExport } from '../archive.ts'
import { type Database, literal, numberOf } from './database.ts'
import { eventLines, LINE_COLUMNS } from './event-lines.ts'
import { EXPORT_COLUMNS, GUARDED_COLUMNS } from './export-columns.ts'
import type { RawFiles } from './raw-files.ts'
import { countedRowsSql } from './recount-sql.ts'

const TABLES = { parquet: 'FORMAT parquet, COMPRESSION zstd', csv: 'FORMAT csv, HEADER' }

/** Written to a temporary file and renamed. Returns the number of rows. */
export async function exportRaw(
  database: Database,
  rawFiles: RawFiles,
  question: RawExport,
  path: string,
): Promise<number> {
  const { from, to } = question
  const list = () => rawFiles.ofRange(from, to)
  const draft = `${path}.new`
  try {
    const rows = await rawFiles.read(await list(), list, (paths) => write(database, paths, question, draft))
    await rename(draft, path)
    return rows
  } finally {
    await rm(draft, { force: true })
  }
}

async function write(
  database: Database,
  paths: readonly string[],
  { from, to, format, formulaGuard, ...inTime }: RawExport,
  draft: string,
): Promise<number> {
  const select = (columns: readonly string[]) => countedRowsSql(paths, from, to, inTime, columns)
  if (format !== 'ndjson') {
    const columns = format === 'csv' && formulaGuard ? GUARDED_COLUMNS : EXPORT_COLUMNS
    const copy = `COPY (${select(columns)}) TO ${literal(draft)} (${TABLES[format]})`
    return database.use((connection) => numberOf(connection, copy))
  }
  return database.use(async (connection) => {
    let rows = 0
    const counted = async function* () {
      for await (const lines of eventLines(connection, select(LINE_COLUMNS))) {
        rows += lines.length
        yield lines.join('')
      }
    }
    await pipeline(Readable.from(counted()), createWriteStream(draft))
    return rows
  })
}
