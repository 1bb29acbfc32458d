// Figures as Markdown tables, for a terminal and for docs/figures.md alike.
import { note } from './notes.ts'
import type { Standing } from './race.ts'

export type Row = Readonly<Record<string, string | number>>

export function print(title: string, rows: readonly Row[]): void {
  note({ table: { title, rows } })
  const columns = Object.keys(rows[0] ?? {})
  const cells = [columns, ...rows.map((row) => columns.map((column) => shown(row[column] ?? '')))]
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]!.length)))
  const toLine = (line: readonly string[]) =>
    `| ${line.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  console.log(`\n${title}\n`)
  console.log(toLine(columns))
  console.log(`|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`)
  for (const line of cells.slice(1)) console.log(toLine(line))
}

/** One row per contender, each compared with the first, which is ours. */
export function speeds(standings: readonly Standing[], events: number): Row[] {
  const [ours] = standings
  return standings.map(({ name, seconds }) => ({
    form: name,
    'events/s': Math.round(events / seconds),
    'ns/event': Math.round((seconds / events) * 1e9),
    'time beside ours': `${(seconds / ours!.seconds).toFixed(2)}×`,
  }))
}

/** With two places at most. */
export function shown(value: string | number): string {
  return typeof value === 'number' ? value.toLocaleString('en-US', { maximumFractionDigits: 2 }) : value
}
