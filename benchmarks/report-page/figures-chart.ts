// Draws figures as an SVG: a panel for each unit that several have, a bar from the least to the most of each.
import type { Figure, Results } from '../../tools/capacity/results.ts'
import { shown } from '../report.ts'

type Bar = Pick<Figure, 'low' | 'high'> & { readonly name: string }

const WIDTH = 820
const LEFT = 250
const RIGHT = 640
const TOP = 30
const ROW = 22
const BAR = 12
const TITLE = 30
const GAP = 24
/** What is one number is drawn so wide. */
const WIDTH_LEAST = 3
const COLOR = '#4c78a8'

export function figuresChart(results: readonly Results[]): string {
  const byUnit = Map.groupBy(
    results.flatMap(({ figures }) => figures),
    ({ unit }) => unit,
  )
  const panels = Array.from(byUnit).filter(([, figures]) => figures.length > 1)
  const lines: string[] = []
  let top = TOP
  for (const [unit, figures] of panels) {
    lines.push(...panel(unit, figures.map(barOf), top))
    top += TITLE + figures.length * ROW + GAP
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" font-family="sans-serif" font-size="12">`,
    '<title>Figures of the benchmarks, from the least to the most that was measured</title>',
    `<rect width="${WIDTH}" height="${top}" fill="#ffffff"/>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n')
}

function barOf({ name, at, low, high }: Figure): Bar {
  return { name: at === undefined ? name : `${name}, at ${shown(at)}`, low, high }
}

function panel(unit: string, bars: readonly Bar[], top: number): string[] {
  const most = Math.max(...bars.map(({ high }) => high))
  const x = (value: number) => LEFT + (value / most) * (RIGHT - LEFT)
  return [
    text(16, top, unit, 'start', 'bold'),
    ...bars.flatMap(({ name, low, high }, i) => {
      const base = top + TITLE + i * ROW
      const width = Math.max(WIDTH_LEAST, x(high) - x(low))
      const said = low === high ? shown(low) : `${shown(low)} to ${shown(high)}`
      return [
        text(LEFT - 10, base, name, 'end'),
        `<line x1="${LEFT}" y1="${base - 4}" x2="${RIGHT}" y2="${base - 4}" stroke="#eeeeee"/>`,
        `<rect x="${round(x(low))}" y="${base - BAR + 2}" width="${round(width)}" height="${BAR}" fill="${COLOR}"/>`,
        text(RIGHT + 10, base, said),
      ]
    }),
  ]
}

function text(left: number, base: number, words: string, anchor = 'start', weight = 'normal'): string {
  const place = `x="${left}" y="${base}" text-anchor="${anchor}" font-weight="${weight}"`
  return `<text ${place} fill="#222222">${words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
