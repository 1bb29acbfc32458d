// A time series chart, drawn by uPlot; the arrow keys move through its periods as a pointer does.
import uPlot from 'uplot'
import { h, replace, setText } from './dom.ts'

export type Course = {
  /** Where each period starts, epoch ms. */
  readonly times: readonly number[]
  readonly values: readonly (number | null)[]
  /** The values of the previous range, period by period; null without a comparison. */
  readonly previous: readonly (number | null)[] | null
  /** The last period has not ended yet: its value will grow. */
  readonly open: boolean
  /** Where the time axis starts and ends, epoch ms; by default at the first and last period. */
  readonly axis?: { readonly fromMs: number; readonly toMs: number }
}

export type ChartWords = {
  /** A description of the numbers, for screen readers. */
  readonly name: string
  period(timeMs: number): string
  value(value: number | null): string
  shortValue(value: number): string
  /** On the time axis. */
  mark(timeMs: number): string
}

const PREVIOUS_DASH = [4, 4]
const OPEN_DASH = [3, 4]
const X_SPACE_PX = 84
const Y_SPACE_PX = 44
const Y_AXIS_PX = 52
const X_AXIS_PX = 32
/** Between marks on the time axis: what a clock and a calendar show. */
const TICKS_S = [
  ...[1, 5, 10, 15, 20, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3_600),
  ...[1, 2, 7, 14, 30, 61, 91, 182, 365].map((days) => days * 86_400),
]

export class Chart {
  readonly element: HTMLElement
  readonly #tip = h('div', { class: 'chart-tip', hidden: true })
  readonly #spoken = h('p', { class: 'visually-hidden', 'aria-live': 'polite' })
  readonly #plotPlace = h('div', { class: 'chart-plot' })
  #plot: uPlot | null = null
  #course: Course | null = null
  #words: ChartWords | null = null

  constructor(signal: AbortSignal) {
    const keydown = (event: KeyboardEvent) => this.#moveByKey(event)
    this.element = h(
      'div',
      { class: 'chart', tabindex: '0', role: 'img', 'aria-label': 'Chart', keydown },
      ...[this.#plotPlace, this.#tip, this.#spoken],
    )
    const resized = new ResizeObserver(() => this.#resize())
    resized.observe(this.#plotPlace)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', () => this.#restyle(), { signal })
    const themed = new MutationObserver(() => this.#restyle())
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
    signal.addEventListener('abort', () => {
      resized.disconnect()
      themed.disconnect()
      this.#plot?.destroy()
    })
  }

  draw(course: Course, words: ChartWords): void {
    const alike = this.#course !== null && (this.#course.previous === null) === (course.previous === null)
    this.#course = course
    this.#words = words
    this.element.setAttribute('aria-label', `${words.name}. Arrow keys move through the periods.`)
    if (this.#plot === null || !alike) this.#restyle()
    else this.#plot.setData(columnsOf(course))
  }

  #restyle(): void {
    if (this.#course === null) return
    this.#plot?.destroy()
    this.#plot = new uPlot(this.#options(), columnsOf(this.#course), this.#plotPlace)
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#plotPlace
    if (width > 0) this.#plot?.setSize({ width, height })
  }

  #options(): uPlot.Options {
    const style = getComputedStyle(this.element)
    const colour = (name: string) => style.getPropertyValue(name)
    const [line, soft, faint] = [colour('--accent'), colour('--accent-wash'), colour('--previous')]
    const axis = { stroke: colour('--text-3'), font: `12px ${style.fontFamily}`, ticks: { show: false } }
    const course = { stroke: line, width: 2, fill: soft, points: { show: false } }
    return {
      width: this.#plotPlace.clientWidth,
      height: this.#plotPlace.clientHeight,
      legend: { show: false },
      padding: [12, 20, 0, 0],
      cursor: {
        y: false,
        drag: { x: false, y: false },
        points: { size: 9, width: 2, stroke: colour('--surface') },
      },
      scales: {
        x: { range: (_plot, from, to) => this.#axisOf(from, to) },
        y: { range: (_plot, _min, max) => [0, Math.max(max ?? 0, 1) * 1.08] },
      },
      axes: [
        {
          ...axis,
          space: X_SPACE_PX,
          incrs: TICKS_S,
          size: X_AXIS_PX,
          grid: { show: false },
          values: (_plot, splits) => splits.map((seconds) => this.#words!.mark(seconds * 1_000)),
        },
        {
          ...axis,
          space: Y_SPACE_PX,
          size: Y_AXIS_PX,
          grid: { stroke: colour('--line'), width: 1 },
          values: (_plot, splits) => splits.map((value) => this.#words!.shortValue(value)),
        },
      ],
      series: [
        {},
        { stroke: faint, width: 1.5, dash: PREVIOUS_DASH, points: { show: false } },
        course,
        { ...course, dash: OPEN_DASH },
      ],
      hooks: { setCursor: [(plot) => this.#showTip(plot)] },
    }
  }

  #axisOf(from: number, to: number): [number, number] {
    const axis = this.#course?.axis
    return axis === undefined ? [from, to] : [axis.fromMs / 1_000, axis.toMs / 1_000]
  }

  #showTip(plot: uPlot): void {
    const { idx, left } = plot.cursor
    const [course, words] = [this.#course!, this.#words!]
    this.#tip.hidden = idx === null || idx === undefined || (left ?? -1) < 0
    if (this.#tip.hidden) return
    const before = course.previous?.[idx!]
    const open = course.open && idx === course.times.length - 1
    replace(
      this.#tip,
      h('span', { class: 'tip-time' }, words.period(course.times[idx!]!) + (open ? ' · so far' : '')),
      h('strong', {}, words.value(course.values[idx!] ?? null)),
      before !== undefined && h('span', { class: 'tip-before' }, `before: ${words.value(before)}`),
    )
    const x = plot.over.offsetLeft + left!
    const fits = x + this.#tip.offsetWidth + 16 < this.element.clientWidth
    this.#tip.style.transform = `translateX(${fits ? x + 12 : x - this.#tip.offsetWidth - 12}px)`
  }

  #moveByKey(event: KeyboardEvent): void {
    const [plot, course] = [this.#plot, this.#course]
    if (plot === null || course === null || course.times.length === 0) return
    const last = course.times.length - 1
    const at = plot.cursor.idx ?? last
    const moves: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }
    const to = moves[event.key]
    if (to === undefined) return
    event.preventDefault()
    const idx = Math.max(0, Math.min(last, to))
    plot.setCursor({ left: plot.valToPos(course.times[idx]! / 1_000, 'x'), top: 0 })
    setText(
      this.#spoken,
      `${this.#words!.period(course.times[idx]!)}: ${this.#words!.value(course.values[idx] ?? null)}`,
    )
  }
}

/** An unfinished last period is drawn as a separate line, from the last finished one on. */
function columnsOf({ times, values, previous, open }: Course): uPlot.AlignedData {
  const last = values.length - 1
  const split = open && last > 0
  return [
    times.map((time) => time / 1_000),
    previous === null ? times.map(() => null) : times.map((_, at) => previous[at] ?? null),
    split ? values.map((value, at) => (at === last ? null : value)) : [...values],
    split ? values.map((value, at) => (at >= last - 1 ? value : null)) : values.map(() => null),
  ]
}
