// Reads the rows of a file of any format, a few thousand at a time.

import { Fault } from '../../lib/fault.ts'
import { readParquetRows } from '../../stores/archive/duckdb/read-parquet.ts'
import { decodeText } from '../replay/decode-text.ts'
import { openBytes } from '../replay/open-bytes.ts'
import type { UnreadableRow } from '../replay/row.ts'
import {
  type CellRows,
  cellsOfObjects,
  csvCells,
  type NumberedObject,
  ndjsonObjects,
} from '../replay/rows.ts'
import type { Format, Reading } from './import-options.ts'
import type { ReadRow, RowReader } from './row-reader.ts'

/** A row with its line, from 1 (in Parquet: its number), and its events or why there are none. */
export type FileRow = { readonly line: number; readonly events: ReadRow }

/** The time column of our exports, whose name says its unit. */
const MS_COLUMN = 'time_ms'

/**
 * @param scratch a directory for what must be a file to be read
 * Fails with a Fault where the file, its text or its columns cannot be read.
 */
export async function* readFileRows(
  file: string,
  scratch: string,
  reading: Reading,
  reader: RowReader,
): AsyncGenerator<readonly FileRow[]> {
  const opened = await openBytes(
    file,
    reading.format === null || reading.format === 'parquet' ? scratch : null,
  )
  const naming = { file, columns: reading.columns, preset: reading.preset }
  if (opened.kind === 'parquet') {
    yield* mapped(cellsOfObjects(parquetRows(file, opened.path), naming), reader)
    return
  }
  const { format, text } = await sniffed(file, decodeText(file, opened.bytes, reading.encoding))
  switch (reading.format ?? format) {
    case 'parquet':
      throw new Fault(`${file} is not a Parquet file`)
    case 'csv':
      return yield* mapped(csvCells(text, naming), reader)
    case 'ndjson': {
      const isMapped = reading.preset !== null || Object.keys(reading.columns).length > 0
      const objects = ndjsonObjects(text)
      yield* isMapped ? mapped(cellsOfObjects(objects, naming), reader) : events(objects, reader)
    }
  }
}

async function* parquetRows(file: string, path: string): AsyncGenerator<readonly NumberedObject[]> {
  try {
    yield* readParquetRows(path)
  } catch (cause) {
    throw new Fault(`${file} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

/** Detects the format of a text: objects begin with a brace, a header line does not. */
export async function sniffed(
  file: string,
  text: AsyncGenerator<string>,
): Promise<{ format: Format; text: AsyncIterable<string> }> {
  let start = ''
  for (;;) {
    const next = await text.next()
    start += next.done ? '' : next.value
    const first = /\S/.exec(start)?.[0]
    if (first === undefined && !next.done) continue
    if (first === undefined) throw new Fault(`${file} holds nothing`)
    if (first === '[') throw new Fault(`${file} holds a JSON array: write it as one object a line`)
    return { format: first === '{' ? 'ndjson' : 'csv', text: again(start, text) }
  }
}

async function* again(start: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield start
  yield* rest
}

async function* mapped(lots: AsyncIterable<CellRows>, reader: RowReader): AsyncGenerator<readonly FileRow[]> {
  for await (const { layout, rows } of lots) {
    const unit = layout.columns.time === MS_COLUMN ? 'ms' : null
    yield rows.map((row) => {
      if ('reason' in row) return { line: row.line, events: row.reason }
      return { line: row.line, events: reader.ofCells(row.line, row.cells, layout.rule, unit) }
    })
  }
}

async function* events(
  lots: AsyncIterable<readonly (NumberedObject | UnreadableRow)[]>,
  reader: RowReader,
): AsyncGenerator<readonly FileRow[]> {
  for await (const lot of lots) {
    yield lot.map((row) => {
      if ('reason' in row) return { line: row.line, events: row.reason }
      return { line: row.line, events: reader.ofObject(row.line, row.object) }
    })
  }
}
