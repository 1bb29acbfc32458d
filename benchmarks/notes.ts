// What a benchmark's process found, a line of JSON each, for the process that started it. Nothing is noted where
// nobody asked.
import { appendFileSync } from 'node:fs'
import type { Figure, Results, ResultTable } from '../tools/capacity/results.ts'
import { median } from './race.ts'

export type Note =
  | { readonly table: ResultTable }
  | { readonly figure: Figure & { readonly median: number; readonly values: number } }
  /** Fields of the file that this benchmark alone has, or where it knows better. */
  | { readonly fields: Partial<Results> & Readonly<Record<string, unknown>> }

/** The environment variable with the file to which notes are appended. */
export const NOTES = 'BENCH_NOTES'
const { [NOTES]: file = '' } = process.env

export function note(one: Note): void {
  if (file !== '') appendFileSync(file, `${JSON.stringify(one)}\n`)
}

/** A figure that others compute with; `values` are of rounds, or of forms of the same thing. `at`: see `Figure`. */
export function figure(name: string, unit: string, values: readonly number[], at?: number): void {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(rounded)
  const place = at === undefined ? {} : { at: rounded(at) }
  note({
    figure: {
      name,
      unit,
      low: low!,
      high: high!,
      median: rounded(median(values)),
      values: values.length,
      ...place,
    },
  })
}

/** No benchmark is more exact than four digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
