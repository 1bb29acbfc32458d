// A course in the space of a word. The numbers stand beside it, so it is hidden from those who listen.
import { svg } from './dom.ts'

const WIDTH = 96
const HEIGHT = 24
const MARGIN = 2

export function sparkline(values: readonly (number | null)[]): SVGSVGElement {
  const highest = Math.max(1, ...values.map((value) => value ?? 0))
  const step = (WIDTH - 2 * MARGIN) / Math.max(1, values.length - 1)
  const y = (value: number | null) => HEIGHT - MARGIN - ((value ?? 0) / highest) * (HEIGHT - 2 * MARGIN)
  const points = values.map((value, at) => `${(MARGIN + at * step).toFixed(1)} ${y(value).toFixed(1)}`)
  const line = points.length === 0 ? '' : `M${points.join('L')}`
  const area = points.length === 0 ? '' : `${line}L${WIDTH - MARGIN} ${HEIGHT}L${MARGIN} ${HEIGHT}Z`
  return svg(
    'svg',
    {
      class: 'sparkline',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
    },
    svg('path', { class: 'area', d: area }),
    svg('path', { class: 'line', d: line }),
  )
}
