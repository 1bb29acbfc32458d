// The list of all metrics, as docs/metrics.md holds it. Pure.
import type { ShownMetric } from '../../testing/shown-metrics.ts'

const HEAD = ['metric', 'type', 'what it shows']

/** Our own, by name. Those of Node and of the process differ between systems. */
export function metricsTable(metrics: readonly ShownMetric[]): string {
  const rows = metrics
    .filter(({ name }) => name.startsWith('tally_'))
    .map(({ name, type, help }) => [`\`${name}\``, type, help.replaceAll('|', '\\|')])
    .sort(([a], [b]) => (a! < b! ? -1 : 1))
  const widths = HEAD.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
