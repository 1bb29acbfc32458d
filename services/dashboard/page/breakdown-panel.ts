// The number of the chosen card by country, device or another attribute: one of them at a time.
import { ApiError } from './api.ts'
import { type Asked, askBreakdown, type Breakdown } from './breakdown.ts'
import {
  dimensionLabel,
  dimensionPhrase,
  isWithoutValues,
  type ShownRow,
  shownRows,
} from './breakdown-words.ts'
import { h, replace, setText } from './dom.ts'
import { clockText, momentText, percentText, valueText } from './format.ts'
import { eventCommand, failure, notice, Segments } from './parts.ts'
import { MINUTE_MS, PRESETS, spanOf } from './ranges.ts'
import { repeat } from './repeat.ts'
import type { Measure, VideoRoute } from './route.ts'
import { cardOf } from './video-cards.ts'

/** Every answer is counted from files, and nothing newer shows in them sooner. */
const REFRESH_MS = MINUTE_MS
/** Asked for first where no other is chosen. */
const DEFAULT_DIMENSION = 'country'
const EXAMPLES = new Map([
  ['country', 'DE'],
  ['device', 'phone'],
])

export class BreakdownPanel {
  readonly element: HTMLElement
  readonly #signal: AbortSignal
  readonly #heading = h('h2', {})
  readonly #tabs: Segments<string>
  readonly #place = h('div', { class: 'breakdown-place' })
  readonly #note = h('p', { class: 'legend' })
  #dimensions: readonly string[] | null = null
  #asked = ''
  #shown = ''
  #freshness = ''
  #asking = new AbortController()

  constructor(onChoose: (dimension: string) => void, signal: AbortSignal) {
    this.#signal = signal
    this.#tabs = new Segments('By', onChoose)
    const head = h('div', { class: 'breakdown-head' }, this.#heading, this.#tabs.element)
    this.element = h(
      'section',
      { class: 'panel breakdown', 'aria-label': 'Breakdown' },
      ...[head, this.#place, this.#note],
    )
  }

  /** Asks only if the question is another one, and then now and again. */
  update(route: VideoRoute): void {
    const { videoId, type, measure, range, granularity, dimension } = route
    const asked = JSON.stringify([videoId, type, measure, range, granularity, dimension])
    if (asked === this.#asked) return
    this.#asked = asked
    this.#asking.abort()
    this.#asking = new AbortController()
    const signal = AbortSignal.any([this.#signal, this.#asking.signal])
    this.#place.setAttribute('aria-busy', 'true')
    this.#choose(dimension ?? DEFAULT_DIMENSION)
    if (this.#shown === '') setText(this.#heading, headingOf(route, dimension ?? DEFAULT_DIMENSION))
    const work = async () => {
      const question = questionOf(route, Date.now())
      this.#show(route, asked, await askBreakdown(question, this.#dimensions, signal))
    }
    void repeat(REFRESH_MS, signal, work, (error) => this.#fail(asked, error))
  }

  #choose(dimension: string): void {
    const choices = this.#dimensions ?? []
    this.#tabs.set(
      choices.map((value) => ({ value, label: dimensionLabel(value) })),
      dimension,
    )
  }

  #show(route: VideoRoute, asked: string, { breakdown, startsLater }: Asked): void {
    const { by, dimensions, meta, startTime } = breakdown
    this.#shown = asked
    this.#dimensions = dimensions
    this.#choose(by)
    this.element.hidden = false
    this.#place.setAttribute('aria-busy', 'false')
    setText(this.#heading, headingOf(route, by))
    replace(this.#place, contentOf(route, breakdown))
    const since = startsLater
      ? ` Nothing by ${dimensionPhrase(by)} is kept from before ${momentText(Date.parse(startTime))}: ` +
        'it is counted from then on.'
      : ''
    this.#freshness = freshness(meta.asOf) + since
    setText(this.#note, this.#freshness)
  }

  /** The numbers above say so too where a key is wanted; and a server may have no breakdowns. */
  #fail(asked: string, error: unknown): void {
    this.#place.setAttribute('aria-busy', 'false')
    if (error instanceof ApiError && (error.isAbsent || error.wantsKey)) {
      this.element.hidden = true
      this.#asking.abort()
    } else if (this.#shown === asked && error instanceof ApiError) {
      setText(this.#note, `${this.#freshness} It could not be refreshed, and is asked for again.`)
    } else {
      this.#shown = ''
      replace(this.#place, error instanceof ApiError && error.status === 0 ? noAnswer() : failure(error))
      setText(this.#note, '')
    }
  }
}

/** The numbers above say why. */
function noAnswer(): HTMLElement {
  return notice('No answer yet.', h('p', {}, 'It is asked for again within a minute.'))
}

function questionOf({ videoId, type, measure, range, granularity, dimension }: VideoRoute, nowMs: number) {
  const { granularities } = PRESETS[range]
  const chosen = granularity !== null && granularities.includes(granularity) ? granularity : granularities[0]!
  return { videoId, type, measure, by: dimension ?? DEFAULT_DIMENSION, span: spanOf(range, chosen, nowMs) }
}

function headingOf({ type, measure }: VideoRoute, by: string): string {
  return `${cardOf(type, measure).label} by ${dimensionPhrase(by)}`
}

function freshness(asOf: string | null): string {
  return asOf === null
    ? 'How far it goes is not known yet.'
    : `As of ${clockText(Date.parse(asOf))}, up to a minute behind the numbers above.`
}

function contentOf(route: VideoRoute, breakdown: Breakdown): HTMLElement {
  const { videoId, range, type, measure } = route
  const { by, rows, total } = breakdown
  if (rows.length === 0) {
    return notice(
      'Nothing to show yet.',
      h('p', {}, `New events of the ${PRESETS[range].name} show within a minute.`),
    )
  }
  if (isWithoutValues(breakdown)) {
    const how = h('p', {}, 'Send the attribute with your events:')
    const command = eventCommand(
      videoId,
      type,
      `"attributes":{"${by}":"${EXAMPLES.get(by) ?? 'some-value'}"}`,
    )
    return notice(`No event in this range says its ${dimensionPhrase(by)}.`, how, command)
  }
  const heads = [dimensionLabel(by), cardOf(type, measure).label, 'Share']
  const shown = shownRows(breakdown, measure)
  const hasShares = shown.some(({ share }) => share !== null)
  const head = h(
    'tr',
    {},
    ...heads.slice(0, hasShares ? 3 : 2).map((text) => h('th', { scope: 'col' }, text)),
  )
  const last = h(
    'tr',
    {},
    ...[
      h('th', { scope: 'row' }, measure === 'average' ? 'All' : 'Total'),
      h('td', {}, valueText(total, measure)),
    ],
    hasShares && h('td', {}, percentText(1)),
  )
  return h(
    'table',
    {},
    h('caption', { class: 'visually-hidden' }, `${headingOf(route, by)}, ${PRESETS[range].name}`),
    h('thead', {}, head),
    h('tbody', {}, ...shown.map((row) => rowOf(row, measure))),
    h('tfoot', {}, last),
  )
}

function rowOf({ name, value, share, bar, isRest }: ShownRow, measure: Measure): HTMLElement {
  const label = h('span', { class: 'value-bar' }, h('bdi', {}, name))
  label.style.setProperty('--bar', bar.toFixed(4))
  return h(
    'tr',
    { class: isRest && 'rest' },
    h('th', { scope: 'row' }, label),
    h('td', {}, valueText(value, measure)),
    share !== null && h('td', {}, percentText(share)),
  )
}
