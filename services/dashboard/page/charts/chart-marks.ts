// What people noted, on a chart: a line at each time, and a mark at its foot with the text, which the keyboard reaches.
import { h, replace } from '../dom.ts'
import { momentText, shownZone } from '../format.ts'
import { marksOf, type Note, type Placed, placed } from './marks.ts'

/** What is needed of the chart that is drawn: of uPlot. */
type Plot = {
  readonly ctx: CanvasRenderingContext2D
  /** In pixels of the canvas. */
  readonly bbox: Readonly<Record<'top' | 'height', number>>
  readonly over: HTMLElement
  valToPos(value: number, scale: 'x', canvasPixels?: boolean): number
}

/** Marks that are closer share one. */
const GAP_PX = 18
/** A shorter text says nothing. */
const WORDS_PX_MIN = 60
const WORDS_PX_MAX = 180
const LINE_DASH = [2, 3]

export class ChartMarks {
  readonly element = h('ul', { class: 'chart-marks', 'aria-label': 'Notes on the chart', hidden: true })
  readonly #onChoose: (note: Note) => void
  #notes: readonly Note[] = []
  #shown = ''

  constructor(onChoose: (note: Note) => void) {
    this.#onChoose = onChoose
  }

  set(notes: readonly Note[]): void {
    this.#notes = notes
  }

  /** Whenever the chart is drawn; marks that stay keep the focus. */
  draw(plot: Plot, times: readonly number[], colour: string): void {
    const marks = marksOf(this.#notes, times)
    const { ctx, bbox } = plot
    ctx.save()
    ctx.strokeStyle = colour
    ctx.lineWidth = devicePixelRatio
    ctx.setLineDash(LINE_DASH.map((px) => px * devicePixelRatio))
    ctx.beginPath()
    for (const { timeMs } of marks) {
      const x = plot.valToPos(timeMs / 1_000, 'x', true)
      ctx.moveTo(x, bbox.top)
      ctx.lineTo(x, bbox.top + bbox.height)
    }
    ctx.stroke()
    ctx.restore()
    const left = plot.over.offsetLeft
    const xOf = (timeMs: number) => left + plot.valToPos(timeMs / 1_000, 'x')
    this.#place(placed(marks, xOf, GAP_PX, left + plot.over.clientWidth), left + plot.over.clientWidth / 2)
  }

  /** Beyond the middle, what a mark tells stands to its left. */
  #place(places: readonly Placed[], middle: number): void {
    const shown = JSON.stringify([places, shownZone()])
    if (shown === this.#shown) return
    const focused = document.activeElement
    const id = this.element.contains(focused) ? (focused as HTMLElement).dataset.note : undefined
    this.#shown = shown
    this.element.hidden = places.length === 0
    replace(this.element, ...places.map((place) => this.#mark(place, place.x > middle)))
    if (id !== undefined) this.element.querySelector<HTMLElement>(`[data-note="${CSS.escape(id)}"]`)?.focus()
  }

  #mark({ x, room, notes }: Placed, isLate: boolean): HTMLElement {
    const [first] = notes
    const short = notes.length === 1 ? first!.text : `${notes.length} notes`
    const spoken = notes.map(({ timeMs, text }) => `${momentText(timeMs)}: ${text}`)
    const full = notes.flatMap(({ timeMs, text }) => [
      h('span', { class: 'tip-time' }, momentText(timeMs)),
      h('strong', { dir: 'auto' }, text),
    ])
    const words = h('span', { class: 'chart-mark-words', dir: 'auto', hidden: room < WORDS_PX_MIN }, short)
    words.style.maxWidth = `${Math.min(WORDS_PX_MAX, room - GAP_PX)}px`
    const mark = h(
      'button',
      {
        ...{ type: 'button', class: 'chart-mark', 'data-note': first!.id, 'aria-label': spoken.join('. ') },
        click: () => this.#onChoose(first!),
      },
      words,
      h('span', { class: 'chart-mark-full', 'aria-hidden': 'true' }, ...full),
    )
    const item = h('li', { class: isLate && 'late' }, mark)
    item.style.left = `${x}px`
    return item
  }
}
