// The number of the chosen card by country, device or another attribute: one of them at a time.
import { ApiError } from './api.ts'
import { type Asked, askBreakdown } from './breakdown.ts'
import { breakdownContent, headingOf } from './breakdown-table.ts'
import { dimensionLabel, dimensionPhrase } from './breakdown-words.ts'
import { h, replace, setText } from './dom.ts'
import { clockText, momentText } from './format.ts'
import { failure, notice, Segments } from './parts.ts'
import { MINUTE_MS, PRESETS, spanOf } from './ranges.ts'
import { repeat } from './repeat.ts'
import type { VideoRoute } from './route.ts'

/** Every answer is counted from files: slow enough to cost little, and what is new shows within a minute. */
const REFRESH_MS = MINUTE_MS / 2
/** Asked for first where no other is chosen. */
const DEFAULT_DIMENSION = 'country'

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
    replace(this.#place, breakdownContent(route, breakdown))
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

function freshness(asOf: string | null): string {
  return asOf === null
    ? 'How far it goes is not known yet.'
    : `As of ${clockText(Date.parse(asOf))}, up to a minute behind the numbers above.`
}
