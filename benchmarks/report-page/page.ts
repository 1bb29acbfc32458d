// The page docs/benchmarks.md: what the files of benchmarks/results hold. Pure.
import type { Figure, Results } from '../../tools/capacity/results.ts'
import { shown } from '../report.ts'
import { markdownTable } from './markdown-table.ts'

/** Beside the page. */
export const CHART = 'benchmarks.svg'
export const TAIL_CHART = 'benchmarks-tail.svg'

const INTRODUCTION = `Written by \`npm run bench:report\` from the files in \`benchmarks/results\`, which
\`npm run bench -- NAME --json FILE\` writes. They are what [\`npm run capacity\`](scaling.md) computes with.
[Figures](figures.md) says what was compared with what, and how. The load is the number of threads that ran or waited in
the minute before and in the last one: where it is above the number of cores, read ratios and CPU times alone.`

export function pageOf(results: readonly Results[], hasTail: boolean): string {
  return `${[
    '# Benchmarks',
    INTRODUCTION,
    `![Figures, from the least to the most](${CHART})`,
    markdownTable(
      ['benchmark', 'date', 'commit', 'machine', 'Node', 'load'],
      results.map((one) => [`[${one.benchmark}](#${one.benchmark})`, ...originOf(one)]),
    ),
    ...(hasTail ? [`![What a long tail of videos costs](${TAIL_CHART})`] : []),
    ...results.flatMap(sectionOf),
  ].join('\n\n')}\n`
}

function originOf({ at, commit, machine }: Results): string[] {
  const { model, cores, memoryMib, node, load } = machine
  return [
    at.slice(0, 10),
    commit === null ? 'not noted' : commit.slice(0, 9) + (commit.endsWith('+') ? ', changed' : ''),
    `${cores} cores (${model}), ${Math.round(memoryMib / 1_024)} GiB`,
    node,
    load === null ? 'not noted' : `${load.before} to ${load.after}`,
  ]
}

function sectionOf({ benchmark, source, tables, figures }: Results): string[] {
  return [
    `## ${benchmark}`,
    source.startsWith('npm run') ? `\`${source}\`` : `${source[0]!.toUpperCase()}${source.slice(1)}.`,
    ...tables.flatMap(({ title, rows }) => [`${title}:`, tableOf(rows)]),
    ...(figures.length > 0 ? [figuresTable(figures)] : []),
  ]
}

function tableOf(rows: Results['tables'][number]['rows']): string {
  const columns = Object.keys(rows[0] ?? {})
  return markdownTable(
    columns,
    rows.map((row) => columns.map((column) => shown(row[column] ?? ''))),
  )
}

function figuresTable(figures: readonly Figure[]): string {
  return markdownTable(
    ['figure', 'unit', 'from', 'to'],
    figures.map(({ name, unit, at, low, high }) => [
      at === undefined ? `\`${name}\`` : `\`${name}\` at ${shown(at)}`,
      unit,
      shown(low),
      shown(high),
    ]),
  )
}
