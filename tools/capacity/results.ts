// What benchmarks found, in the files that `npm run bench -- NAME --json FILE` writes: tables as they were printed,
// figures with a name and a unit each, and the machine that they hold for.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../lib/fault.ts'
import { jsonValue } from '../../lib/json-value.ts'

/** From the least to the most that was measured. */
export type Range = { readonly low: number; readonly high: number }

export type Figure = Range & {
  readonly name: string
  readonly unit: string
  /** Where a figure is a curve, which point of it this is. */
  readonly at?: number
}

export type Machine = {
  readonly model: string
  readonly cores: number
  readonly memoryMib: number
  readonly node: string
  /** How many threads ran or waited in the minute before and in the last one, ours included; null if not noted. */
  readonly load: { readonly before: number; readonly after: number } | null
}

export type ResultTable = {
  readonly title: string
  readonly rows: readonly Readonly<Record<string, string | number>>[]
}

export type Results = {
  readonly benchmark: string
  /** The command that measured it; or the document that the figures were taken from, and what is known of them. */
  readonly source: string
  readonly at: string
  /** Null where it is not known. */
  readonly commit: string | null
  readonly machine: Machine
  readonly tables: readonly ResultTable[]
  readonly figures: readonly Figure[]
}

/** All files of a directory, by name. Throws a Fault that names the file and the field. */
export function readResults(directory: string): Results[] {
  const names = namesIn(directory)
  if (names.length === 0) throw new Fault(`${directory} has no results (*.json)`)
  return names.map((name) => {
    const path = join(directory, name)
    return parseResults(readFileSync(path, 'utf8'), path)
  })
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json'))
      .sort()
  } catch (cause) {
    throw new Fault(`${directory} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

/** Throws a Fault that names the field and the rule. */
export function parseResults(text: string, path: string): Results {
  const refuse = (field: string, rule: string): never => {
    throw new Fault(`${path}: ${field} must be ${rule}`)
  }
  const value = jsonValue(text) as Partial<Results> | undefined
  if (!isRecord(value)) return refuse('the file', 'a JSON object')
  for (const field of ['benchmark', 'source', 'at'] as const) {
    if (typeof value[field] !== 'string' || value[field] === '') refuse(field, 'text')
  }
  if (value.commit !== null && typeof value.commit !== 'string') refuse('commit', 'text, or null')
  if (!isMachine(value.machine)) refuse('machine', 'an object with model, cores, memoryMib, node and load')
  if (!Array.isArray(value.tables)) refuse('tables', 'a list')
  if (!Array.isArray(value.figures)) refuse('figures', 'a list')
  for (const [i, figure] of value.figures!.entries()) {
    if (!isFigure(figure))
      refuse(`figures[${i}]`, 'an object with name, unit, and low up to high, both above 0')
  }
  return value as Results
}

function isMachine(value: unknown): value is Machine {
  if (!isRecord(value)) return false
  const { model, cores, memoryMib, node, load } = value as Partial<Machine>
  const isLoad =
    load === null || (isRecord(load) && typeof load.before === 'number' && typeof load.after === 'number')
  const isNamed = typeof model === 'string' && typeof node === 'string'
  return isNamed && isLoad && Number.isInteger(cores) && cores! > 0 && typeof memoryMib === 'number'
}

function isFigure(value: unknown): value is Figure {
  if (!isRecord(value)) return false
  const { name, unit, low, high, at } = value as Partial<Figure>
  const isNamed = typeof name === 'string' && typeof unit === 'string'
  const isRange = typeof low === 'number' && typeof high === 'number' && low > 0 && low <= high
  return isNamed && isRange && (at === undefined || (typeof at === 'number' && at > 0))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
