// Draws the load of each partition over time, and of the most loaded one in terms of the mean, as an SVG.
import { type Loads, maxOverMean, SLOT_MS } from './loads.ts'

export type Mark = { readonly atMs: number; readonly name: string }

const WIDTH = 760
const LEFT = 70
const RIGHT = 740
const TOP = 60
const CHART = 220
const GAP = 70
const RATIO_MAX = 14
const COLORS = ['#4c78a8', '#72b7b2', '#54a24b', '#eeca3b', '#f58518', '#e45756', '#b279a2', '#9d755d']

export function plotLoads(loads: Loads, marks: readonly Mark[], title: string): string {
  const { fromMs, events } = loads
  const slots = events[0]?.length ?? 0
  const perSecond = (count: number) => (count * 1_000) / SLOT_MS
  const most = Math.max(1, ...events.flat().map(perSecond))
  const ratioTop = TOP + CHART + GAP
  const x = (slot: number) => LEFT + ((RIGHT - LEFT) * slot) / Math.max(1, slots)
  const y = (top: number, share: number) => top + CHART * (1 - Math.min(1, share))
  const line = (top: number, shares: readonly number[], color: string, width: number) =>
    `<polyline points="${shares.map((share, i) => `${round(x(i + 0.5))},${round(y(top, share))}`).join(' ')}" ` +
    `fill="none" stroke="${color}" stroke-width="${width}"/>`
  const ratios = Array.from({ length: slots }, (_, i) => {
    const startMs = fromMs + i * SLOT_MS
    return (maxOverMean(loads, startMs, startMs + SLOT_MS) ?? 0) / RATIO_MAX
  })
  const minutes = Math.ceil((slots * SLOT_MS) / 60_000)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${ratioTop + CHART + 50}" ` +
      'font-family="sans-serif" font-size="13">',
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${ratioTop + CHART + 50}" fill="#ffffff"/>`,
    text(16, 24, title, 'start', 'bold'),
    text(16, TOP - 12, 'Events a second, for each partition'),
    text(LEFT - 8, TOP + 5, String(Math.round(most)), 'end'),
    text(LEFT - 8, TOP + CHART + 5, '0', 'end'),
    ...events.map((counts, i) =>
      line(
        TOP,
        counts.map((count) => perSecond(count) / most),
        COLORS[i % COLORS.length]!,
        1.2,
      ),
    ),
    text(16, ratioTop - 12, 'The most loaded partition, in terms of the mean of all'),
    ...[0, 1.5, 5, 10].flatMap((ratio) => [
      rule(LEFT, y(ratioTop, ratio / RATIO_MAX), RIGHT, y(ratioTop, ratio / RATIO_MAX), '#dddddd'),
      text(LEFT - 8, y(ratioTop, ratio / RATIO_MAX) + 4, String(ratio), 'end'),
    ]),
    line(ratioTop, ratios, '#222222', 1.8),
    ...marks.flatMap(({ atMs, name }, i) => {
      const at = x((atMs - fromMs) / SLOT_MS)
      return [
        rule(at, TOP, at, ratioTop + CHART, '#888888'),
        text(at + 4, TOP + CHART + 16 + (i % 2) * 16, name),
      ]
    }),
    ...Array.from({ length: minutes + 1 }, (_, i) => i)
      .filter((i) => i % Math.ceil(minutes / 12) === 0)
      .map((i) => text(x((i * 60_000) / SLOT_MS), ratioTop + CHART + 18, String(i), 'middle')),
    text((LEFT + RIGHT) / 2, ratioTop + CHART + 38, 'minutes', 'middle'),
    '</svg>',
    '',
  ].join('\n')
}

function text(left: number, base: number, words: string, anchor = 'start', weight = 'normal'): string {
  const place = `x="${round(left)}" y="${round(base)}" text-anchor="${anchor}" font-weight="${weight}"`
  return `<text ${place} fill="#222222">${words}</text>`
}

function rule(x1: number, y1: number, x2: number, y2: number, color: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${color}"/>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
