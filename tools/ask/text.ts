// Numbers, tables and small charts for a terminal. Pure.
import { printable } from '../dead-letters/text.ts'

/** A cell is text, or a number, which stands at the right. */
export type Cell = string | number | null

const BARS = '▁▂▃▄▅▆▇█'
const CHART_COLUMNS_MAX = 60
const BAR_COLUMNS = 20
const GAP = '  '
/** Characters that take two columns. */
const WIDE =
  /^(\p{Emoji_Presentation}|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uff01-\uff60])/u
const graphemes = new Intl.Segmenter()

/** A column for each value, or for several that follow each other, which are added up. */
export function sparkline(values: readonly number[]): string {
  const each = Math.ceil(values.length / CHART_COLUMNS_MAX)
  const sums = Array.from({ length: Math.ceil(values.length / each) || 0 }, (_, column) =>
    values.slice(column * each, (column + 1) * each).reduce((a, b) => a + b, 0),
  )
  const most = Math.max(0, ...sums)
  const levelOf = (sum: number) => (sum <= 0 || most === 0 ? 0 : Math.ceil((sum / most) * (BARS.length - 1)))
  return sums.map((sum) => BARS[levelOf(sum)]!).join('')
}

/** A share of the whole; none if there is no such share. */
export function bar(value: number | null, most: number): string {
  if (value === null || value <= 0 || most <= 0) return ''
  return '█'.repeat(Math.max(1, Math.round((value / most) * BAR_COLUMNS)))
}

export function percent(value: number | null, total: number | null): string {
  if (value === null || total === null || total <= 0 || value < 0) return ''
  return `${((100 * value) / total).toFixed(1)} %`
}

/** With a comma between thousands. */
export function numberText(value: number | null): string {
  return value === null ? '–' : value.toLocaleString('en-US', { maximumFractionDigits: 3 })
}

/** Columns as wide as their widest cell; those without a name at the top have none. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const isNumber = header.map((_, column) => rows.some((row) => typeof row[column] === 'number'))
  const lines = [header, ...rows].map((row) => row.map(cellText))
  const widths = header.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column]!))))
  return lines
    .map((line) => {
      const cells = line.map((cell, column) => {
        const space = ' '.repeat(widths[column]! - widthOf(cell))
        return isNumber[column] ? space + cell : cell + space
      })
      return cells.join(GAP).trimEnd()
    })
    .join('\n')
}

function cellText(cell: Cell): string {
  return typeof cell === 'string' ? printable(cell) : numberText(cell)
}

function widthOf(text: string): number {
  return Array.from(graphemes.segment(text)).reduce(
    (sum, { segment }) => sum + (WIDE.test(segment) ? 2 : 1),
    0,
  )
}
