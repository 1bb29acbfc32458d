// npm run sim -- routing: how evenly each way to choose a partition loads the partitions. A seed decides everything.
import { Random } from '../random.ts'
import { drawMinutes } from './draw-minutes.ts'
import { type Measured, measure } from './measure.ts'
import { STRATEGIES } from './strategies.ts'

export type Result = { readonly name: string; readonly zipf: Measured; readonly viral: Measured }

export function compareRouting(seed: number): Result[] {
  const random = new Random(seed)
  const zipf = drawMinutes(random, 'zipf')
  const viral = drawMinutes(random, 'viral')
  return STRATEGIES.map(({ name, open }) => ({
    name,
    zipf: measure(open(), zipf),
    viral: measure(open(), viral),
  }))
}

/** A table in Markdown. */
export function routingTable(results: readonly Result[]): string {
  const head = [
    'strategy',
    'Zipf',
    'worst minute',
    'together',
    'viral',
    'worst minute',
    'together',
    'copies astray',
  ]
  const rows = results.map(({ name, zipf, viral }) => [
    name,
    ...[zipf, viral].flatMap(({ typical, worst, together }) =>
      [typical, worst, together].map((ratio) => ratio.toFixed(2)),
    ),
    `${((100 * (zipf.copiesAstray + viral.copiesAstray)) / 2).toFixed(0)} %`,
  ])
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`
  const dashes = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(head), line(dashes), ...rows.map(line)].join('\n')
}
