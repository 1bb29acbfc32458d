// The expected counts, computed independently: it shares only the choice of columns with the code that sends the
// events. It has plain maps, whole numbers, its own parser and its own parsing of times.

import { Fault } from '../../lib/fault.ts'
import type { Layout } from './columns.ts'
import type { Input } from './rows.ts'
import { type CellMap, cellsOfCsv, cellsOfNdjson } from './truth-records.ts'

export type Expected = { count: number; values: number; sumThousandths: bigint }

export type Truth = {
  /** By video id, then by type. */
  readonly videos: Map<string, Map<string, Expected>>
  readonly types: Set<string>
  rows: number
  events: number
  unreadable: number
  firstMs: number
  lastMs: number
}

/**
 * Fails with a Fault where the truth cannot be known: no readable row, or an id that names two things.
 */
export async function readTruth(input: Input): Promise<Truth> {
  const truth: Truth = {
    videos: new Map(),
    types: new Set(),
    rows: 0,
    events: 0,
    unreadable: 0,
    firstMs: Number.POSITIVE_INFINITY,
    lastMs: Number.NEGATIVE_INFINITY,
  }
  const seen = new Map<string, string>()
  for await (const { cells, layout } of input.format === 'csv' ? cellsOfCsv(input) : cellsOfNdjson(input)) {
    if (truth.rows === input.limit) break
    truth.rows++
    if (cells === null || layout === null || !addRow(truth, cells, layout, seen)) truth.unreadable++
  }
  if (truth.events === 0) throw new Fault(`${input.file} holds not one readable row`)
  return truth
}

function addRow(truth: Truth, cells: CellMap, { columns, rule }: Layout, seen: Map<string, string>): boolean {
  const cell = (role: keyof typeof columns) => cells.get(columns[role] ?? '') ?? ''
  const videoId = cell('videoId')
  const timeMs = epochMs(cell('time'))
  const thousandths = cell('value') === '' ? null : toThousandths(cell('value'))
  if (videoId === '' || timeMs === null || thousandths === undefined) return false
  truth.firstMs = Math.min(truth.firstMs, timeMs)
  truth.lastMs = Math.max(truth.lastMs, timeMs)
  const type = cell('type') || 'view'
  const id = cell('id')
  if (
    id !== '' &&
    isCopy(seen, JSON.stringify([id, videoId, type]), JSON.stringify([timeMs, String(thousandths)]))
  ) {
    truth.events++
    return true
  }
  if (rule === 'plain') {
    count(truth, videoId, type, thousandths)
    return true
  }
  count(truth, videoId, 'view', thousandths)
  if (thousandths === 5_000n) count(truth, videoId, 'like', null)
  if (thousandths !== null && thousandths <= 1_000n) count(truth, videoId, 'dislike', null)
  return true
}

/**
 * An id that repeats for its video and type with the same content is a copy; with other content it is unclear which
 * one counts. Minutes do not distinguish them here, because a replay may move the times of the file.
 */
function isCopy(seen: Map<string, string>, name: string, content: string): boolean {
  const before = seen.get(name)
  if (before === undefined) seen.set(name, content)
  else if (before !== content) {
    throw new Fault(`${name} stands for two different events: ${before} and ${content}`)
  }
  return before !== undefined
}

function count(truth: Truth, videoId: string, type: string, thousandths: bigint | null) {
  truth.events++
  truth.types.add(type)
  const types = truth.videos.get(videoId) ?? new Map<string, Expected>()
  truth.videos.set(videoId, types)
  const expected = types.get(type) ?? { count: 0, values: 0, sumThousandths: 0n }
  types.set(type, expected)
  expected.count++
  if (thousandths === null) return
  expected.values++
  expected.sumThousandths += thousandths
}

function toThousandths(text: string): bigint | undefined {
  const [whole, places = '', more] = text.replace('-', '').split('.')
  const digits = `${whole}${places.padEnd(3, '0')}`
  if (more !== undefined || places.length > 3 || !whole || whole.length > 10 || /\D/.test(digits))
    return undefined
  if (text.endsWith('.') || text.indexOf('-') > 0) return undefined
  return text.startsWith('-') ? -BigInt(digits) : BigInt(digits)
}

function epochMs(text: string): number | null {
  if (/^-?\d{1,15}$/.test(text)) return Number.parseInt(text, 10)
  try {
    const zoned = /(z|[+-]\d\d:\d\d)$/i.test(text)
    return Temporal.Instant.from(zoned ? text : `${text}Z`).epochMilliseconds
  } catch {
    return null
  }
}
