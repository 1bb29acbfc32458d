// Reads a file as rows, a few thousand at a time.

import { Fault } from '../../lib/fault.ts'
import { GUARDED_COLUMN, unguarded } from '../../model/formula-guard.ts'
import { type Columns, chooseLayout, type Layout, ROLES, type Role } from './columns.ts'
import { CsvReader, type CsvRecord } from './csv.ts'
import { openText } from './open-text.ts'
import { type Cells, type Row, toRow, type UnreadableRow } from './row.ts'

export type Input = {
  readonly file: string
  readonly format: 'csv' | 'ndjson'
  readonly columns: Columns
  readonly preset: string | null
  /** The most rows to read, unreadable ones included. */
  readonly limit: number
}

/** How to find columns, and the name of the file for messages. */
export type Naming = Pick<Input, 'file' | 'columns' | 'preset'>

export type Rows = { readonly layout: Layout; readonly rows: readonly (Row | UnreadableRow)[] }

/** A row's cells by field, with its line or row number, from 1. */
type CellRow = { readonly line: number; readonly cells: Cells }
export type CellRows = { readonly layout: Layout; readonly rows: readonly (CellRow | UnreadableRow)[] }

/** Fails with a Fault where the file or its columns cannot be read. */
export async function* readRows(input: Input): AsyncGenerator<Rows> {
  let left = input.limit
  const text = openText(input.file)
  const read = input.format === 'csv' ? csvCells(text, input) : cellsOfObjects(ndjsonObjects(text), input)
  for await (const { layout, rows } of read) {
    const some = rows.length > left ? rows.slice(0, left) : rows
    yield { layout, rows: some.map((row) => ('reason' in row ? row : toRow(row.line, row.cells))) }
    left -= rows.length
    if (left <= 0) return
  }
}

/** Fails with a Fault where the columns cannot be read. */
export async function* csvCells(text: AsyncIterable<string>, naming: Naming): AsyncGenerator<CellRows> {
  const reader = new CsvReader()
  let header: Header | null = null
  for await (const records of recordsOf(reader, text)) {
    if (records.length === 0) continue
    const first = header === null ? 1 : 0
    header ??= headerOf(records[0]!, naming)
    const { layout } = header
    yield { layout, rows: records.slice(first).map((record) => csvRow(record, header!)) }
  }
  if (header === null) throw new Fault(`${naming.file} holds no header line`)
}

async function* recordsOf(reader: CsvReader, text: AsyncIterable<string>): AsyncGenerator<CsvRecord[]> {
  for await (const piece of text) yield reader.push(piece)
  yield reader.end()
}

type Header = {
  readonly layout: Layout
  readonly at: Readonly<Record<Role, number>>
  /** The index of the column that lists the cells with an apostrophe; -1 in foreign files. */
  readonly guardedAt: number
  readonly names: readonly string[]
}

/** Within a quoted name a whole line end may stand. */
const LONE_RETURN = /\r(?!\n)/

/** Where the header cannot be read, no row would be: the file would seem to be empty. */
function headerOf({ line, fields, fault }: CsvRecord, naming: Naming): Header {
  const lone = fields.some((name) => LONE_RETURN.test(name))
    ? 'lines must end with LF or CR LF, not CR'
    : null
  const broken = fault ?? lone
  if (broken !== null) throw new Fault(`${naming.file}: line ${line}, the header: ${broken}`)
  const layout = chooseLayout(fields, naming.columns, naming.preset)
  const places = ROLES.map((role) => [role, fields.indexOf(layout.columns[role] ?? '\0')])
  return {
    layout,
    at: Object.fromEntries(places),
    guardedAt: fields.indexOf(GUARDED_COLUMN),
    names: fields,
  }
}

function csvRow(record: CsvRecord, { at, guardedAt, names }: Header): CellRow | UnreadableRow {
  const { line, fault } = record
  if (fault !== null) return { line, reason: fault }
  if (record.fields.length !== names.length) {
    return { line, reason: `${record.fields.length} fields, and the header has ${names.length}` }
  }
  const guarded = record.fields[guardedAt] ?? ''
  const fields = guarded === '' ? record.fields : unguarded(names, record.fields, guarded)
  const cells = {
    id: fields[at.id] || undefined,
    source: fields[at.source] || undefined,
    videoId: fields[at.videoId] || undefined,
    time: fields[at.time] || undefined,
    type: fields[at.type] || undefined,
    value: fields[at.value] || undefined,
    viewerId: fields[at.viewerId] || undefined,
    channelId: fields[at.channelId] || undefined,
    attributes: fields[at.attributes] || undefined,
    tenant: fields[at.tenant] || undefined,
  }
  return { line, cells }
}

/** An object of a file with its line or row number, from 1. */
export type NumberedObject = { readonly line: number; readonly object: Readonly<Record<string, unknown>> }

export async function* ndjsonObjects(
  text: AsyncIterable<string>,
): AsyncGenerator<(NumberedObject | UnreadableRow)[]> {
  let line = 0
  for await (const lines of linesOf(text)) {
    const objects: (NumberedObject | UnreadableRow)[] = []
    for (const written of lines) {
      line++
      if (written.trim() === '') continue
      const object = parseObject(written)
      objects.push(object === null ? { line, reason: 'not a JSON object' } : { line, object })
    }
    yield objects
  }
}

/** Rows of objects; the first one says which columns there are. Fails with a Fault where there is none. */
export async function* cellsOfObjects(
  lots: AsyncIterable<readonly (NumberedObject | UnreadableRow)[]>,
  naming: Naming,
): AsyncGenerator<CellRows> {
  let layout: Layout | null = null
  for await (const objects of lots) {
    const rows: (CellRow | UnreadableRow)[] = []
    for (const one of objects) {
      if ('reason' in one) rows.push(one)
      else {
        layout ??= chooseLayout(Object.keys(one.object), naming.columns, naming.preset, true)
        rows.push({ line: one.line, cells: cellsOf(one.object, layout.columns) })
      }
    }
    if (layout !== null) yield { layout, rows }
  }
  if (layout === null) throw new Fault(`${naming.file} holds no objects`)
}

async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string[]> {
  let rest = ''
  for await (const piece of text) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop()!
    yield lines
  }
  yield [rest]
}

/** Whole numbers beyond a double, as nanoseconds are, become their digits. */
function parseObject(text: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return null
    const isPlain = !Object.values(json).some(isBeyondDouble)
    return (isPlain ? json : JSON.parse(text, digitsBeyondDouble)) as Record<string, unknown>
  } catch {
    return null
  }
}

function isBeyondDouble(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER
}

function digitsBeyondDouble(_key: string, value: unknown, context?: { source: string }): unknown {
  return isBeyondDouble(value) && context !== undefined ? context.source : value
}

function cellsOf(object: Readonly<Record<string, unknown>>, columns: Columns): Cells {
  const cell = (role: Role) => {
    const value = columns[role] === undefined ? undefined : object[columns[role]]
    if (value === undefined || value === null || value === '') return undefined
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
  return {
    id: cell('id'),
    source: cell('source'),
    videoId: cell('videoId'),
    time: cell('time'),
    type: cell('type'),
    value: cell('value'),
    viewerId: cell('viewerId'),
    channelId: cell('channelId'),
    attributes: cell('attributes'),
    tenant: cell('tenant'),
  }
}
