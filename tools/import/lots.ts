// From a file to lots of rows as they are sent: NDJSON of events, at most so many a lot. What a lot holds follows from
// the file and the settings alone, so an import can be taken up where it stood.
import { readParquetRows } from '../../services/adapters/archive/duckdb/read-parquet.ts'
import { openText } from '../replay/open-text.ts'
import { type Input, readObjects, readRows } from '../replay/rows.ts'
import { toEvents } from '../replay/to-events.ts'
import type { Format, Options } from './options.ts'

export type Lot = {
  /** JSON texts of events; of a row that cannot be read, a text that says so. */
  readonly lines: readonly string[]
  /** Why rows could not be read, with their lines. */
  readonly unreadable: readonly string[]
}

export const LOT_ROWS = 20_000

/**
 * @param name stands before ids that are made from the line: two files must not share them
 * Fails with a ReplayFault where the file or its columns cannot be read.
 */
export async function* lotsOf(
  file: string,
  format: Format,
  { columns, preset }: Options,
  name: string,
): AsyncGenerator<Lot> {
  const plain = format === 'ndjson' && preset === null && Object.keys(columns).length === 0
  let lines: string[] = []
  let unreadable: string[] = []
  for await (const some of plain ? eventLines(file) : mappedLines(file, format, columns, preset, name)) {
    lines.push(...some.lines)
    unreadable.push(...some.unreadable)
    while (lines.length >= LOT_ROWS) {
      yield { lines: lines.slice(0, LOT_ROWS), unreadable }
      lines = lines.slice(LOT_ROWS)
      unreadable = []
    }
  }
  if (lines.length > 0 || unreadable.length > 0) yield { lines, unreadable }
}

/** Lines that are events already: the server judges them. */
async function* eventLines(file: string): AsyncGenerator<Lot> {
  let rest = ''
  for await (const piece of openText(file)) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop()!
    yield { lines: lines.filter(isWritten), unreadable: [] }
  }
  if (isWritten(rest)) yield { lines: [rest], unreadable: [] }
}

async function* mappedLines(
  file: string,
  format: Format,
  columns: Options['columns'],
  preset: string | null,
  name: string,
): AsyncGenerator<Lot> {
  const input: Input = { file, columns, preset, format: format === 'csv' ? 'csv' : 'ndjson', limit: Infinity }
  const read = format === 'parquet' ? readObjects(readParquetRows(file), input) : readRows(input)
  for await (const { rows, layout } of read) {
    const lines: string[] = []
    const unreadable: string[] = []
    for (const row of rows) {
      if ('reason' in row) unreadable.push(`line ${row.line}: ${row.reason}`)
      else {
        const named = row.id === undefined ? { ...row, id: `${name}-r${row.line}` } : row
        for (const event of toEvents(named, layout.rule, (ms) => ms, '')) lines.push(JSON.stringify(event))
      }
    }
    yield { lines, unreadable }
  }
}

function isWritten(line: string): boolean {
  return line.trim() !== ''
}
