// Hot videos that are spread over several partitions: which, since when, into how many parts, until when.
import { ApiError, askJson, whereThere } from '../api.ts'
import { h, replace } from '../dom.ts'
import { momentText, NOTHING } from '../format.ts'
import { failure, panel } from '../parts.ts'
import { repeat } from '../repeat.ts'
import { type LayoutShown, type SplitSpan, splitSpans, stateOf } from './splits.ts'

const INTERVAL_MS = 10_000
const SHOWN_MAX = 50
const COLUMNS = ['Video', 'Parts', 'Since', 'Until', 'State', 'Made by'] as const
const STATES = { split: 'split', coming: 'to come', ended: 'ended' } as const

export class SplitsPanel {
  readonly element: HTMLElement
  readonly #table = h('div', {
    class: 'table-place',
    tabindex: '0',
    role: 'region',
    'aria-label': 'Split videos',
  })

  constructor(signal: AbortSignal) {
    this.element = panel('Split videos', this.#table)
    this.element.id = 'splits'
    const look = async () => {
      const answer = await whereThere(
        askJson<{ readonly layouts: readonly LayoutShown[] }>('v1/admin/layouts', signal),
      )
      this.#show(splitSpans(answer?.layouts ?? []), Date.now())
    }
    void repeat(INTERVAL_MS, signal, look, (error) => this.#fail(error))
  }

  /** The panel of dead letters asks for the key. */
  #fail(error: unknown): void {
    if (error instanceof ApiError && error.wantsKey) this.element.hidden = true
    else replace(this.#table, failure(error))
  }

  #show(spans: readonly SplitSpan[], nowMs: number): void {
    if (spans.length === 0) {
      replace(this.#table, h('p', { class: 'empty' }, 'No video is or was spread over several partitions.'))
      return
    }
    const head = h('tr', {}, ...COLUMNS.map((name) => h('th', { scope: 'col' }, name)))
    const rows = spans.slice(0, SHOWN_MAX).map((span) => rowOf(span, nowMs))
    const caption = h(
      'caption',
      { class: 'visually-hidden' },
      'Videos that are spread over several partitions',
    )
    replace(this.#table, h('table', {}, caption, h('thead', {}, head), h('tbody', {}, ...rows)))
  }
}

function rowOf(span: SplitSpan, nowMs: number): HTMLElement {
  const { video, parts, automatic, fromMs, toMs } = span
  const cells = [
    String(parts),
    momentText(fromMs),
    toMs === null ? NOTHING : momentText(toMs),
    STATES[stateOf(span, nowMs)],
    automatic ? 'its rate' : 'an operator',
  ]
  return h('tr', {}, h('th', { scope: 'row' }, video), ...cells.map((cell) => h('td', {}, cell)))
}
