// Draws what a long tail costs, as an SVG: of each run, statements, CPU time and speed by the number of videos.
import type { CaseResult } from './case-process.ts'
import { statementsPerEvent } from './table.ts'
import { SPREADS, type Spread } from './tail-options.ts'

/** Of what `npm run bench -- tail --json FILE` writes, the part that is drawn. */
export type TailRun = {
  readonly label: string
  readonly cases: readonly CaseResult[]
}

type Panel = { readonly title: string; readonly of: (one: CaseResult) => number; readonly line?: number }

const PANEL_WIDTH = 250
const PANEL_HEIGHT = 220
const LEFT = 56
const TOP = 84
const GAP = 62
const BOTTOM = 50
const COLORS = ['#4c78a8', '#e45756', '#54a24b', '#b279a2'] as const
const DASHES: Readonly<Record<Spread, string>> = { zipf: 'none', uniform: '5 4' }
const NAMES: Readonly<Record<Spread, string>> = { zipf: 'Zipf (exponent 1)', uniform: 'all videos alike' }
const MILLION = 1e6

const PANELS: readonly Panel[] = [
  { title: 'Statements an event', of: statementsPerEvent, line: 0.05 },
  {
    title: 'CPU-s per million, Cassandra included',
    of: (one) => ((one.cpuSeconds + one.storeCpuSeconds) / one.events) * MILLION,
  },
  { title: 'Events a second', of: (one) => one.events / one.seconds },
]

export function chart(runs: readonly TailRun[]): string {
  const width = LEFT + PANELS.length * (PANEL_WIDTH + GAP)
  const height = TOP + PANEL_HEIGHT + BOTTOM
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    '<title>What counting costs by the number of videos</title>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...runs.map((run, i) => legend(LEFT + i * 200, 22, COLORS[i % COLORS.length]!, 'none', run.label)),
    ...SPREADS.map((spread, i) => legend(LEFT + i * 200, 44, '#222222', DASHES[spread], NAMES[spread])),
    ...PANELS.flatMap((panel, i) => drawn(panel, runs, LEFT + i * (PANEL_WIDTH + GAP))),
    '</svg>',
    '',
  ].join('\n')
}

function drawn({ title, of, line }: Panel, runs: readonly TailRun[], left: number): string[] {
  const cases = runs.flatMap((run) => run.cases)
  const top = niceMax(Math.max(...cases.map(of), line ?? 0))
  const powers = Array.from(new Set(cases.map(({ videos }) => videos))).sort((a, b) => a - b)
  const [least, most] = [Math.log10(powers[0]!), Math.log10(powers.at(-1)!)]
  const x = (videos: number) =>
    most === least
      ? left + PANEL_WIDTH / 2
      : left + ((Math.log10(videos) - least) / (most - least)) * PANEL_WIDTH
  const y = (value: number) => TOP + PANEL_HEIGHT * (1 - value / top)
  const curves = runs.flatMap((run, i) =>
    SPREADS.map((spread) => {
      const points = run.cases
        .filter((one) => one.spread === spread)
        .sort((a, b) => a.videos - b.videos)
        .map((one) => `${round(x(one.videos))},${round(y(of(one)))}`)
      const stroke = `stroke="${COLORS[i % COLORS.length]}" stroke-dasharray="${DASHES[spread]}"`
      return `<polyline points="${points.join(' ')}" fill="none" ${stroke} stroke-width="2.5"/>`
    }),
  )
  const aim = line === undefined ? [] : [rule(left, y(line), left + PANEL_WIDTH, y(line), '#222222')]
  return [
    text(left, TOP - 12, title, 'start', 'bold'),
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((part) => [
      rule(left, y(part * top), left + PANEL_WIDTH, y(part * top), '#dddddd'),
      text(left - 6, y(part * top) + 4, shown(part * top), 'end'),
    ]),
    ...powers.map((videos) => text(x(videos), TOP + PANEL_HEIGHT + 18, shown(videos), 'middle')),
    text(left + PANEL_WIDTH / 2, TOP + PANEL_HEIGHT + 38, 'videos', 'middle'),
    ...aim,
    ...curves,
  ]
}

/** The least of 1, 2, 4, 5 or 8 times a power of ten that is not below the value. */
function niceMax(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value || 1))
  return power * ([1, 2, 4, 5, 8, 10].find((step) => step * power >= value) ?? 10)
}

function shown(value: number): string {
  if (value >= MILLION) return `${value / MILLION}M`
  return value >= 1_000 ? `${value / 1_000}k` : String(Number(value.toPrecision(3)))
}

function legend(left: number, base: number, color: string, dash: string, words: string): string {
  const line = `<line x1="${left}" y1="${base - 4}" x2="${left + 26}" y2="${base - 4}"`
  return `${line} stroke="${color}" stroke-dasharray="${dash}" stroke-width="2.5"/>${text(left + 32, base, words)}`
}

function rule(x1: number, y1: number, x2: number, y2: number, color: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${color}"/>`
}

function text(left: number, base: number, words: string, anchor = 'start', weight = 'normal'): string {
  const place = `x="${round(left)}" y="${round(base)}" text-anchor="${anchor}" font-weight="${weight}"`
  return `<text ${place} fill="#222222">${escaped(words)}</text>`
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
