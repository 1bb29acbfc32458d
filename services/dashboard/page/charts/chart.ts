// A time series chart, drawn by uPlot; the arrow keys move through its periods as a pointer does. uPlot is loaded with
// the first chart: what is written is there before.
import type uPlot from 'uplot'
import { h, replace, setText } from '../dom.ts'
import { shownZone } from '../format.ts'
import { pageKey } from '../shortcuts.ts'
import { ChartMarks } from './chart-marks.ts'
import { type PictureWords, pictureOf } from './chart-picture.ts'
import type { Course } from './course.ts'
import type { Note } from './marks.ts'
import { type TickUnit, ticksOf } from './ticks.ts'

export type ChartWords = {
  /** A description of the numbers, for screen readers. */
  readonly name: string
  period(timeMs: number): string
  value(value: number | null): string
  shortValue(value: number): string
  /** Of what is counted: no mark of the value axis stands between whole numbers. */
  readonly wholeMarks?: boolean
  /** On the time axis. */
  mark(timeMs: number, unit: TickUnit): string
}

/** Of the value axis: 0.001 to 5e15. */
const STEPS = Array.from({ length: 19 }, (_, power) =>
  [1, 2, 2.5, 5].map((step) => step * 10 ** (power - 3)),
).flat()
const WHOLE_STEPS = STEPS.filter((step) => Number.isInteger(step))
const PREVIOUS_DASH = [4, 4]
const OPEN_DASH = [3, 4]
const X_SPACE_PX = 84
const Y_SPACE_PX = 44
const Y_AXIS_PX = 52
const X_AXIS_PX = 32
/** Periods that Page Up and Page Down move by. */
const PAGE_PERIODS = 12

export type ChartActions = {
  /** A note shall begin at a time, or one that is there is chosen (null). */
  note(atMs: number | null): void
}

let Plot: typeof uPlot | null = null
let loading: Promise<void> | null = null

function loadPlot(): Promise<void> {
  loading ??= import('uplot').then(
    (library) => {
      Plot = library.default
    },
    () => {
      loading = null // the next drawing asks for it again
    },
  )
  return loading
}

export class Chart {
  readonly element: HTMLElement
  readonly #image: HTMLElement
  readonly #marks: ChartMarks
  readonly #actions: ChartActions | null
  readonly #tip = h('div', { class: 'chart-tip', hidden: true })
  readonly #spoken = h('p', { class: 'visually-hidden', 'aria-live': 'polite' })
  readonly #plotPlace = h('div', { class: 'chart-plot' })
  readonly #signal: AbortSignal
  #plot: uPlot | null = null
  #course: Course | null = null
  #words: ChartWords | null = null
  #unit: TickUnit = 'hour'

  /** `actions` are null where nothing is noted. */
  constructor(signal: AbortSignal, actions: ChartActions | null = null) {
    this.#signal = signal
    void loadPlot()
    this.#actions = actions
    this.#marks = new ChartMarks(() => actions?.note(null))
    const keydown = (event: KeyboardEvent) => this.#onKey(event)
    this.#image = h(
      'div',
      {
        ...{ class: 'chart', tabindex: '0', role: 'img', 'aria-label': 'Chart' },
        ...{ keydown, dblclick: () => this.#note(), blur: () => this.#leave() },
      },
      ...[this.#plotPlace, this.#tip, this.#spoken],
    )
    this.element = h('div', { class: 'chart-frame' }, this.#image, this.#marks.element)
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
    this.#image.setAttribute('aria-label', `${words.name}. Arrow keys move through the periods.`)
    if (this.#plot !== null && alike) this.#plot.setData(columnsOf(course))
    else if (Plot !== null) this.#restyle()
    else void this.#drawLater()
  }

  /** What people noted; it stays until the next call. */
  mark(notes: readonly Note[]): void {
    this.#marks.set(notes)
    this.#plot?.redraw(false)
  }

  /** What is drawn, as a file; null if nothing is. */
  async picture(words: PictureWords): Promise<Blob | null> {
    return this.#plot === null ? null : pictureOf(this.#plot.ctx.canvas, words, getComputedStyle(this.#image))
  }

  async #drawLater(): Promise<void> {
    await loadPlot()
    if (this.#plot === null) this.#restyle()
  }

  #restyle(): void {
    if (this.#course === null || Plot === null || this.#signal.aborted) return
    this.#plot?.destroy()
    this.#plot = new Plot(this.#options(), columnsOf(this.#course), this.#plotPlace)
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#plotPlace
    if (width > 0) this.#plot?.setSize({ width, height })
  }

  #options(): uPlot.Options {
    const style = getComputedStyle(this.#image)
    const colour = (name: string) => style.getPropertyValue(name)
    const [line, soft, faint] = [colour('--accent'), colour('--accent-wash'), colour('--previous')]
    const axis = { stroke: colour('--text-3'), font: `12px ${style.fontFamily}`, ticks: { show: false } }
    const course = { stroke: line, width: 2, fill: soft, points: { show: false } }
    return {
      width: this.#plotPlace.clientWidth,
      height: this.#plotPlace.clientHeight,
      legend: { show: false },
      padding: [12, 26, 0, 0],
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
          size: X_AXIS_PX,
          grid: { show: false },
          splits: (plot, _axis, from, to) => this.#ticks(plot, from, to),
          values: (_plot, splits) => splits.map((seconds) => this.#words!.mark(seconds * 1_000, this.#unit)),
        },
        {
          ...axis,
          space: Y_SPACE_PX,
          size: Y_AXIS_PX,
          grid: { stroke: colour('--line'), width: 1 },
          incrs: () => (this.#words!.wholeMarks ? WHOLE_STEPS : STEPS),
          values: (_plot, splits) => splits.map((value) => this.#words!.shortValue(value)),
        },
      ],
      series: [
        {},
        { stroke: faint, width: 1.5, dash: PREVIOUS_DASH, points: { show: false } },
        course,
        { ...course, dash: OPEN_DASH },
      ],
      hooks: {
        setCursor: [(plot) => this.#showTip(plot)],
        draw: [(plot) => this.#marks.draw(plot, this.#course!.times, colour('--text-3'))],
      },
    }
  }

  #ticks(plot: uPlot, from: number, to: number): number[] {
    const countMax = Math.floor(plot.bbox.width / devicePixelRatio / X_SPACE_PX)
    const { unit, times } = ticksOf(from * 1_000, to * 1_000, countMax, shownZone())
    this.#unit = unit
    return times.map((timeMs) => timeMs / 1_000)
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
    replace(
      this.#tip,
      h('span', { class: 'tip-time' }, words.period(course.times[idx!]!) + partText(course, idx!)),
      h('strong', {}, words.value(course.values[idx!] ?? null)),
      before !== undefined && h('span', { class: 'tip-before' }, `before: ${words.value(before)}`),
    )
    const x = plot.over.offsetLeft + left!
    const fits = x + this.#tip.offsetWidth + 16 < this.#image.clientWidth
    this.#tip.style.transform = `translateX(${fits ? x + 12 : x - this.#tip.offsetWidth - 12}px)`
  }

  #onKey(event: KeyboardEvent): void {
    if (pageKey(event) === 'n' && this.#actions !== null) {
      event.preventDefault()
      this.#note()
    } else this.#moveByKey(event)
  }

  /** At the period under the pointer, or under the arrow keys; else now. */
  #note(): void {
    const at = this.#plot?.cursor.idx ?? null
    this.#actions?.note(at === null ? Date.now() : (this.#course?.times[at] ?? Date.now()))
  }

  #moveByKey(event: KeyboardEvent): void {
    const [plot, course] = [this.#plot, this.#course]
    if (plot === null || course === null || course.times.length === 0) return
    const last = course.times.length - 1
    const at = plot.cursor.idx ?? last
    const moves: Record<string, number> = {
      ...{ ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last },
      ...{ PageUp: at - PAGE_PERIODS, PageDown: at + PAGE_PERIODS },
    }
    if (event.key === 'Escape') this.#leave()
    const to = moves[event.key]
    if (to === undefined) return
    event.preventDefault()
    const idx = Math.max(0, Math.min(last, to))
    plot.setCursor({ left: plot.valToPos(course.times[idx]! / 1_000, 'x'), top: 0 })
    const { period, value } = this.#words!
    const before = course.previous?.[idx]
    setText(
      this.#spoken,
      `${period(course.times[idx]!)}${partText(course, idx)}: ${value(course.values[idx] ?? null)}` +
        (before === undefined ? '' : `, before: ${value(before)}`),
    )
  }

  /** The keyboard went elsewhere: the tip would cover the chart. */
  #leave(): void {
    this.#plot?.setCursor({ left: -10, top: -10 })
    setText(this.#spoken, '')
  }
}

/** Said of a period of which the range has only a part. */
export function partText({ times, open, cut }: Course, at: number): string {
  if (open && at === times.length - 1) return ' · so far'
  return cut === true && at === 0 ? ' · in part' : ''
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
