// A chart of the size of a word. Its numbers are shown beside it, so it is hidden from screen readers.
import { svg } from '../dom.ts'

const WIDTH = 96
const HEIGHT = 24
const MARGIN = 2
/** More are noise in so little space. */
const POINTS_MAX = 24

export function sparkline(course: readonly (number | null)[]): SVGSVGElement {
  const values = coarsened(course)
  const highest = Math.max(1, ...values)
  const step = (WIDTH - 2 * MARGIN) / Math.max(1, values.length - 1)
  const y = (value: number) => HEIGHT - MARGIN - (value / highest) * (HEIGHT - 2 * MARGIN)
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

/** Adds up neighbouring periods. The first periods are left out if their number does not divide evenly. */
function coarsened(course: readonly (number | null)[]): number[] {
  const size = Math.ceil(course.length / POINTS_MAX)
  const first = size === 0 ? 0 : course.length % size
  return Array.from({ length: size === 0 ? 0 : Math.floor(course.length / size) }, (_, at) =>
    course
      .slice(first + at * size, first + (at + 1) * size)
      .reduce<number>((sum, value) => sum + (value ?? 0), 0),
  )
}
