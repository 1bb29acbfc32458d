// Reads a file to its end and checks it, before anything of it is sent.
import { createHash } from 'node:crypto'
import { Fault } from '../../lib/fault.ts'
import type { EqualRows } from '../../stores/archive/duckdb/equal-rows.ts'
import { digestOf, eventText } from './event-text.ts'
import type { Options } from './import-options.ts'
import { type FileRow, readFileRows } from './read-rows.ts'
import { RowReader } from './row-reader.ts'
import { type SpooledEvent, writeSpool } from './spool.ts'
import { type TimeUnit, UNIT_NAMES } from './time-unit.ts'

export type Prepared = {
  readonly file: string
  /** Names the import: what is in the file and how its rows are named, however it is written. */
  readonly id: string
  readonly events: number
  readonly unreadable: number
  /** The time of the newest event; null where there is none. */
  readonly newestMs: number | null
  /** Why rows could not be read, with their lines: the first. */
  readonly reasons: readonly string[]
  /** Of times that are numbers; null where there were none. */
  readonly unit: TimeUnit | null
  readonly spool: string
}

/** A place in the command: which file it is, where it may write, and the name of the import before. */
export type Place = { readonly index: number; readonly scratch: string; readonly before: string }

export const SHOWN_REASONS = 10
const ID_CHARS = 32

/** Fails with a Fault where the file cannot be imported. */
export async function prepare(
  file: string,
  options: Options,
  equalRows: EqualRows,
  { index, scratch, before }: Place,
): Promise<Prepared> {
  const reader = new RowReader(options)
  const spool = `${scratch}/${index}.spool`
  const id = createHash('sha256').update(JSON.stringify([options.set, options.parts ? before : '']))
  const reasons: string[] = []
  let events = 0
  let unreadable = 0
  let newestMs: number | null = null

  const spooled = ({ line, events: read }: FileRow): SpooledEvent[] => {
    if (typeof read === 'string') {
      unreadable++
      if (reasons.length < SHOWN_REASONS) reasons.push(`line ${line}: ${read}`)
      return []
    }
    return read.map((event) => {
      const text = eventText(event)
      id.update(text)
      if (event.id === null) equalRows.add(index, events, digestOf(text, options.set))
      events++
      if (newestMs === null || event.timeMs > newestMs) newestMs = event.timeMs
      return { line, hasId: event.id !== null, text }
    })
  }
  const rows = readFileRows(file, scratch, options, reader)
  await writeSpool(
    spool,
    mapAsync(rows, (lot) => lot.flatMap(spooled)),
  )
  return {
    ...{ file, events, unreadable, reasons, newestMs, spool },
    unit: unitOf(file, reader.units),
    id: id.digest('hex').slice(0, ID_CHARS),
  }
}

/** The one unit of a file. */
function unitOf(file: string, units: RowReader['units']): TimeUnit | null {
  if (units.size > 1) {
    const found = Array.from(units, ([unit, lines]) => `${UNIT_NAMES[unit]} (line ${lines.join(', ')} …)`)
    const advice = 'Split the file, or say the unit with --time-unit.'
    throw new Fault(`${file} mixes units of time: ${found.join(' and ')}. ${advice}`)
  }
  return units.keys().next().value ?? null
}

async function* mapAsync<T, U>(items: AsyncIterable<T>, map: (item: T) => U): AsyncGenerator<U> {
  for await (const item of items) yield map(item)
}
