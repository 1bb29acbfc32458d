// Reads and checks a whole file before anything of it is sent.
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
  /** Identifies the import by the file's content and how its rows are named, however the file is written. */
  readonly id: string
  readonly events: number
  readonly unreadable: number
  /** The time of the newest event; null where there is none. */
  readonly newestMs: number | null
  /** The first reasons why rows could not be read, with their lines. */
  readonly reasons: readonly string[]
  /** The unit of numeric times; null if there were none. */
  readonly unit: TimeUnit | null
  readonly spool: string
}

/** The context of a file within the command: its number, where it may write, and the previous import's name. */
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

/** The single time unit of a file. */
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
