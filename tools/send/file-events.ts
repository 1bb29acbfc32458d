// The rows of a file as events of the SDK, each with its line, or why there is none.
import { createHash } from 'node:crypto'
import { Fault } from '../../lib/fault.ts'
import type { TallyEvent } from '../../sdk/src/index.ts'
import { sniffed } from '../import/read-rows.ts'
import { decodeText } from '../replay/decode-text.ts'
import { openBytes } from '../replay/open-bytes.ts'
import { ATTRIBUTES_FAULT, type Cells, parseAttributes, parseValue, valueFault } from '../replay/row.ts'
import { type CellRows, cellsOfObjects, csvCells, ndjsonObjects } from '../replay/rows.ts'
import type { SendOptions } from './send-flags.ts'

export type FileEvent =
  | { readonly line: number; readonly event: TallyEvent }
  | { readonly line: number; readonly reason: string }

const ID_CHARS = 32
/** Without its source an event would be another one, perhaps the copy of a third; the tenant is that of the key. */
const NOT_SENT = ['source', 'tenant'] as const
const DIGITS = /^-?\d+$/

/** A few thousand at a time. Fails with a Fault where the file, its text or its columns cannot be read. */
export async function* fileEvents({ file, columns }: SendOptions): AsyncGenerator<readonly FileEvent[]> {
  const { format, text } = await sniffed(file, textOf(file))
  const naming = { file, columns, preset: null }
  if (format === 'csv') return yield* ofCells(csvCells(text, naming))
  const objects = ndjsonObjects(text)
  if (Object.keys(columns).length > 0) return yield* ofCells(cellsOfObjects(objects, naming))
  for await (const lot of objects) {
    yield lot.map((row) => ('reason' in row ? row : { line: row.line, event: named(row.line, row.object) }))
  }
}

/** How many lines a file has. The last one may lack its end. */
export async function countLines(file: string): Promise<number> {
  let [lines, isOpen] = [0, false]
  for await (const piece of textOf(file)) {
    for (let at = piece.indexOf('\n'); at !== -1; at = piece.indexOf('\n', at + 1)) lines += 1
    if (piece !== '') isOpen = !piece.endsWith('\n')
  }
  return lines + (isOpen ? 1 : 0)
}

async function* textOf(file: string): AsyncGenerator<string> {
  const opened = await openBytes(file, null)
  if (opened.kind !== 'text') throw new Fault(`${file} is a Parquet file: use npm run import`)
  yield* decodeText(file, opened.bytes, null)
}

async function* ofCells(lots: AsyncIterable<CellRows>): AsyncGenerator<readonly FileEvent[]> {
  for await (const { rows } of lots) {
    yield rows.map((row) => ('reason' in row ? row : eventOfCells(row.line, row.cells)))
  }
}

function eventOfCells(line: number, cells: Cells): FileEvent {
  const lost = NOT_SENT.find((field) => cells[field] !== undefined)
  if (lost !== undefined) return { line, reason: `${lost} cannot be sent with an event: use npm run import` }
  const value = parseValue(cells.value)
  if (value === null) return { line, reason: valueFault(cells.value!) }
  const attributes = cells.attributes === undefined ? undefined : parseAttributes(cells.attributes)
  if (attributes === null) return { line, reason: ATTRIBUTES_FAULT }
  const { id, videoId, type = 'view', time, viewerId, channelId } = cells
  const fields = { id, videoId, type, time: timeOf(time), value, viewerId, channelId, attributes }
  const given = Object.entries(fields).filter(([, field]) => field !== undefined)
  return { line, event: named(line, Object.fromEntries(given)) }
}

function timeOf(time: string | undefined): string | number | undefined {
  return time !== undefined && DIGITS.test(time) ? Number(time) : time
}

/** What the server says of it is told, so that nothing need be checked here. */
function named(line: number, fields: Readonly<Record<string, unknown>>): TallyEvent {
  if (fields.id !== undefined && fields.id !== null) return fields as TallyEvent
  const digest = createHash('sha256')
    .update(`${line}\n${JSON.stringify(fields)}`)
    .digest('hex')
  return { ...fields, id: digest.slice(0, ID_CHARS) } as TallyEvent
}
