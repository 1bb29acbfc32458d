// Draws how evenly each strategy loads the partitions, as an SVG.
import type { Kind } from './draw-minutes.ts'
import type { Result } from './routing.ts'

const WIDTH = 760
const LEFT = 150
const RIGHT = 700
const BAR = 16
const ROW = 50
const TOP = 64
const CHART = 190
/** The largest ratio that is drawn. */
const RATIO_MAX = 14
const COLORS: Readonly<Record<Kind, string>> = { zipf: '#4c78a8', viral: '#e45756' }
const NAMES: Readonly<Record<Kind, string>> = { zipf: 'Zipf traffic', viral: 'one viral video with 80 %' }
const LINES = [
  { strategy: 'video + minute', color: '#e45756' },
  { strategy: 'split by rate', color: '#54a24b' },
] as const

export function plot(results: readonly Result[]): string {
  const chartTop = TOP + results.length * ROW + 70
  const height = chartTop + CHART + 50
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">`,
    '<title>How evenly each way to choose a partition loads the partitions</title>',
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(16, 24, 'Load of the most loaded partition, in terms of the mean of all', 'start', 'bold'),
    ...(['zipf', 'viral'] as const).map((kind, i) => legend(LEFT + i * 130, 44, COLORS[kind], NAMES[kind])),
    ...gridX(TOP, TOP + results.length * ROW),
    ...results.flatMap((result, i) => bars(result, TOP + i * ROW + 6)),
    text(16, chartTop - 34, 'The same, minute by minute, from when the video goes viral', 'start', 'bold'),
    ...LINES.map(({ strategy, color }, i) => legend(LEFT + i * 130, chartTop - 14, color, strategy)),
    ...gridY(chartTop),
    ...LINES.map((line) => curve(results, line, chartTop)),
    '</svg>',
    '',
  ].join('\n')
}

/** A bar as long as the typical minute, and a mark at the worst. */
function bars({ name, zipf, viral }: Result, top: number): string[] {
  const parts = [text(LEFT - 10, top + BAR + 5, name, 'end')]
  for (const [i, [kind, measured]] of (
    [
      ['zipf', zipf],
      ['viral', viral],
    ] as const
  ).entries()) {
    const y = top + i * (BAR + 3)
    const end = x(measured.typical)
    parts.push(rect(LEFT, y, end - LEFT, BAR, COLORS[kind]))
    parts.push(rect(x(measured.worst), y, 2, BAR, '#222222'))
    parts.push(text(x(measured.worst) + 7, y + BAR - 3, measured.typical.toFixed(2)))
  }
  return parts
}

function curve(results: readonly Result[], line: (typeof LINES)[number], top: number): string {
  const { minutes } = results.find(({ name }) => name === line.strategy)!.viral
  const step = (RIGHT - LEFT) / minutes.length
  const points = minutes.map((ratio, i) => `${round(LEFT + (i + 0.5) * step)},${round(y(ratio, top))}`)
  return `<polyline points="${points.join(' ')}" fill="none" stroke="${line.color}" stroke-width="2.5"/>`
}

function gridX(top: number, bottom: number): string[] {
  return [0, 2, 4, 6, 8, 10, 12, 14].flatMap((ratio) => [
    rule(x(ratio), top, x(ratio), bottom),
    text(x(ratio), bottom + 16, String(ratio), 'middle'),
  ])
}

function gridY(top: number): string[] {
  return [0, 2, 4, 6, 8, 10, 12, 14].flatMap((ratio) => [
    rule(LEFT, y(ratio, top), RIGHT, y(ratio, top)),
    text(LEFT - 10, y(ratio, top) + 4, String(ratio), 'end'),
  ])
}

function x(ratio: number): number {
  return LEFT + (ratio / RATIO_MAX) * (RIGHT - LEFT)
}

function y(ratio: number, top: number): number {
  return top + CHART * (1 - ratio / RATIO_MAX)
}

function legend(left: number, middle: number, color: string, name: string): string {
  return `${rect(left, middle - 9, 12, 12, color)}${text(left + 18, middle + 2, name)}`
}

function rect(left: number, top: number, width: number, height: number, fill: string): string {
  return `<rect x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${height}" fill="${fill}"/>`
}

function rule(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="#dddddd"/>`
}

function text(left: number, base: number, words: string, anchor = 'start', weight = 'normal'): string {
  const place = `x="${round(left)}" y="${round(base)}" text-anchor="${anchor}" font-weight="${weight}"`
  return `<text ${place} fill="#222222">${words}</text>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
