// Reads a file into rows, some thousand at a time.
import { type Columns, chooseLayout, type Layout, type Role } from './columns.ts'
import { CsvReader, type CsvRecord } from './csv.ts'
import { ReplayFault } from './fault.ts'
import { openText } from './open-text.ts'
import { type Cells, type Row, toRow, type UnreadableRow } from './row.ts'

export type Input = {
  readonly file: string
  readonly format: 'csv' | 'ndjson'
  readonly columns: Columns
  readonly preset: string | null
  /** Rows to read at most, unreadable ones included. */
  readonly limit: number
}

export type Rows = { readonly layout: Layout; readonly rows: readonly (Row | UnreadableRow)[] }

/** Fails with a ReplayFault where the file or its columns cannot be read. */
export async function* readRows(input: Input): AsyncGenerator<Rows> {
  let left = input.limit
  for await (const { layout, rows } of input.format === 'csv' ? csvRows(input) : ndjsonRows(input)) {
    yield { layout, rows: rows.length > left ? rows.slice(0, left) : rows }
    left -= rows.length
    if (left <= 0) return
  }
}

async function* csvRows(input: Input): AsyncGenerator<Rows> {
  const reader = new CsvReader()
  let header: Header | null = null
  for await (const records of recordsOf(reader, input.file)) {
    if (records.length === 0) continue
    const first = header === null ? 1 : 0
    header ??= headerOf(records[0]!, input)
    const { layout, at, width } = header
    const rows = records.slice(first).map((record) => csvRow(record, at, width))
    yield { layout, rows }
  }
  if (header === null) throw new ReplayFault(`${input.file} holds no header line`)
}

async function* recordsOf(reader: CsvReader, file: string): AsyncGenerator<CsvRecord[]> {
  for await (const piece of openText(file)) yield reader.push(piece)
  yield reader.end()
}

type Header = { readonly layout: Layout; readonly at: Record<Role, number>; readonly width: number }

function headerOf(record: CsvRecord, input: Input): Header {
  const layout = chooseLayout(record.fields, input.columns, input.preset)
  const at = (role: Role) => record.fields.indexOf(layout.columns[role] ?? '\0')
  return {
    layout,
    at: {
      id: at('id'),
      videoId: at('videoId'),
      time: at('time'),
      type: at('type'),
      value: at('value'),
      viewerId: at('viewerId'),
    },
    width: record.fields.length,
  }
}

function csvRow(record: CsvRecord, at: Record<Role, number>, width: number): Row | UnreadableRow {
  const { line, fields, fault } = record
  if (fault !== null) return { line, reason: fault }
  if (fields.length !== width) {
    return { line, reason: `${fields.length} fields, and the header has ${width}` }
  }
  const cells: Cells = {
    id: fields[at.id] || undefined,
    videoId: fields[at.videoId] || undefined,
    time: fields[at.time] || undefined,
    type: fields[at.type] || undefined,
    value: fields[at.value] || undefined,
    viewerId: fields[at.viewerId] || undefined,
  }
  return toRow(line, cells)
}

function ndjsonRows(input: Input): AsyncGenerator<Rows> {
  return readObjects(ndjsonObjects(input.file), input)
}

async function* ndjsonObjects(file: string): AsyncGenerator<(NumberedObject | UnreadableRow)[]> {
  let line = 0
  for await (const lines of linesOf(file)) {
    const objects: (NumberedObject | UnreadableRow)[] = []
    for (const text of lines) {
      line++
      if (text.trim() === '') continue
      const object = parseObject(text)
      objects.push(object === null ? { line, reason: 'not a JSON object' } : { line, object })
    }
    yield objects
  }
}

/** An object of a file, by its line or row, from 1. */
export type NumberedObject = { readonly line: number; readonly object: Readonly<Record<string, unknown>> }

/** Rows of objects; the first one says which columns there are. Fails with a ReplayFault where there is none. */
export async function* readObjects(
  lots: AsyncIterable<readonly (NumberedObject | UnreadableRow)[]>,
  input: Pick<Input, 'file' | 'columns' | 'preset'>,
): AsyncGenerator<Rows> {
  let layout: Layout | null = null
  for await (const objects of lots) {
    const rows: (Row | UnreadableRow)[] = []
    for (const one of objects) {
      if ('reason' in one) rows.push(one)
      else {
        layout ??= chooseLayout(Object.keys(one.object), input.columns, input.preset, true)
        rows.push(toRow(one.line, cellsOf(one.object, layout.columns)))
      }
    }
    if (layout !== null) yield { layout, rows }
  }
  if (layout === null) throw new ReplayFault(`${input.file} holds no objects`)
}

async function* linesOf(file: string): AsyncGenerator<string[]> {
  let rest = ''
  for await (const piece of openText(file)) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop()!
    yield lines
  }
  yield [rest]
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

function cellsOf(object: Record<string, unknown>, columns: Columns): Cells {
  const cell = (role: Role) => {
    const value = columns[role] === undefined ? undefined : object[columns[role]]
    return value === undefined || value === null || value === '' ? undefined : String(value)
  }
  return {
    id: cell('id'),
    videoId: cell('videoId'),
    time: cell('time'),
    type: cell('type'),
    value: cell('value'),
    viewerId: cell('viewerId'),
  }
}
