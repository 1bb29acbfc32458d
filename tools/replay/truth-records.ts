// The truth's own parser of files: line by line, by regular expressions, independent of the parser that makes the
// events.

import { Fault } from '../../lib/fault.ts'
import { chooseLayout, type Layout } from './columns.ts'
import { openBytes } from './open-bytes.ts'
import type { Input } from './rows.ts'

/** Cells by the name of their column. */
export type CellMap = ReadonlyMap<string, string>

/** A record; `cells` is null if it cannot be read. */
export type Found = { readonly cells: CellMap | null; readonly layout: Layout | null }

const RECORD_LINES_MAX = 100_000
/**
 * One field at the start of what is left of a record: quoted, or anything up to a comma that starts
 * otherwise.
 */
const FIELD = /(?:"((?:[^"]|"")*)"|([^,"][^,]*|))(,|$)/y
/** A quoted field that is still open at the end. */
const OPEN_FIELD = /"(?:[^"]|"")*$/y

export async function* cellsOfCsv(input: Input): AsyncGenerator<Found> {
  let header: readonly string[] | null = null
  let layout: Layout | null = null
  for await (const fields of fieldsOf(input.file)) {
    if (header === null) {
      header = fields ?? []
      layout = chooseLayout(header, input.columns, input.preset)
    } else {
      const fits = fields !== null && fields.length === header.length
      yield { cells: fits ? new Map(fields.map((field, at) => [header![at]!, field])) : null, layout }
    }
  }
}

/** The fields of each non-empty record; null if they cannot be separated. */
async function* fieldsOf(file: string): AsyncGenerator<readonly string[] | null> {
  let open: string[] = []
  for await (const line of lines(file)) {
    open.push(line)
    if (open.length > 1 && !line.includes('"')) {
      if (open.length > RECORD_LINES_MAX) throw new Fault(`a quote is open over ${RECORD_LINES_MAX} lines`)
      continue
    }
    const record = open.join('\n').replace(/\r$/, '')
    const fields = splitRecord(record)
    if (fields === 'open') continue
    open = []
    if (record !== '') yield fields
  }
  if (open.length > 0) yield null
}

function splitRecord(record: string): string[] | 'open' | null {
  if (!record.includes('"')) return record.split(',')
  const fields: string[] = []
  for (let at = 0; ; at = FIELD.lastIndex) {
    FIELD.lastIndex = at
    const found = FIELD.exec(record)
    if (found === null) {
      OPEN_FIELD.lastIndex = at
      return OPEN_FIELD.test(record) ? 'open' : null
    }
    fields.push(found[1]?.replaceAll('""', '"') ?? found[2]!)
    if (found[3] === '') return fields
  }
}

export async function* cellsOfNdjson(input: Input): AsyncGenerator<Found> {
  let layout: Layout | null = null
  for await (const line of lines(input.file)) {
    if (line.trim() === '') continue
    let cells: CellMap | null = null
    try {
      const entries = Object.entries(JSON.parse(line) as Record<string, unknown>)
      if (!line.trim().startsWith('{')) throw new TypeError('not an object')
      layout ??= chooseLayout(
        entries.map(([name]) => name),
        input.columns,
        input.preset,
        true,
      )
      cells = new Map(entries.map(([name, value]) => [name, value === null ? '' : String(value)]))
    } catch (error) {
      if (error instanceof Fault) throw error
    }
    yield { cells, layout }
  }
}

async function* lines(file: string): AsyncGenerator<string> {
  const opened = await openBytes(file, null)
  if (opened.kind !== 'text') throw new Fault(`${file} is not text`)
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of opened.bytes) {
    const parts = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = parts.pop()!
    yield* parts
  }
  if (rest !== '') yield rest
}
