// A line chart over the time of a run, as SVG. Pure.
import type { Chart, Line } from '../summary.ts'
import { ticks, timeTicks } from './scale.ts'
import { clockText, escaped, numberText } from './text.ts'

export type Mark = { readonly atMs: number; readonly text: string }

const [WIDTH, HEIGHT] = [640, 220]
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 24, 10, 26]
const [VALUE_TICKS, TIME_TICKS] = [4, 8]
const COLOURS = 8

/** @param marks events of the run, as vertical lines */
export function chartOf(chart: Chart, lengthMs: number, marks: readonly Mark[]): string {
  const values = chart.lines.flatMap(({ points }) => points.map(([, value]) => value ?? 0))
  const upright = ticks(Math.max(0, ...values), VALUE_TICKS)
  const top = upright[upright.length - 1]!
  const endMs = Math.max(lengthMs, ...chart.lines.flatMap(({ points }) => points.map(([atMs]) => atMs)))
  const x = (atMs: number) => LEFT + (Math.max(0, atMs) / endMs) * (WIDTH - LEFT - RIGHT)
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM)
  return `<figure>
<figcaption>${escaped(chart.title)}, ${escaped(chart.unit)}${legendOf(chart.lines)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(chart.title)}">
${upright.map((value) => valueTick(value, y(value))).join('\n')}
${timeTicks(endMs, TIME_TICKS)
  .map(
    (atMs) =>
      `<text class="axis" x="${place(x(atMs))}" y="${HEIGHT - 8}" text-anchor="middle">${clockText(atMs)}</text>`,
  )
  .join('\n')}
${marks.map(({ atMs, text }) => markAt(x(atMs), text)).join('\n')}
${chart.lines.map(({ points }, i) => `<path class="line c${i % COLOURS}" d="${pathOf(points, x, y)}"/>`).join('\n')}
</svg>
</figure>`
}

/** The line is interrupted at missing values; a single value is a dot. */
function pathOf(points: Line['points'], x: (atMs: number) => number, y: (value: number) => number): string {
  let isOpen = false
  return points
    .map(([atMs, value]) => {
      const command = isOpen ? 'L' : 'M'
      isOpen = value !== null
      if (value === null) return ''
      const at = `${place(x(atMs))} ${place(y(value))}`
      return command === 'M' ? `M${at}L${at}` : `L${at}`
    })
    .join('')
}

function valueTick(value: number, at: number): string {
  return (
    `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${place(at)}" y2="${place(at)}"/>` +
    `<text class="axis" x="${LEFT - 6}" y="${place(at + 4)}" text-anchor="end">${numberText(value)}</text>`
  )
}

function markAt(at: number, text: string): string {
  const line = `<line class="mark" x1="${place(at)}" x2="${place(at)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}">`
  return `${line}<title>${escaped(text)}</title></line>`
}

function legendOf(lines: readonly Line[]): string {
  if (lines.length < 2) return ''
  const entries = lines.map(({ name }, i) => `<span class="key c${i % COLOURS}">${escaped(name)}</span>`)
  return ` <span class="legend">${entries.join(' ')}</span>`
}

function place(value: number): string {
  return value.toFixed(1)
}
