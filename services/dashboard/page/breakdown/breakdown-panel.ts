// The number of the chosen card by country, device or another attribute: one of them at a time.
import { ApiError, isByLink, type Stats } from '../api.ts'
import { h, replace, setText, untilInSight } from '../dom.ts'
import { momentText } from '../format.ts'
import { breakdownNote, type Counted, lateNote } from '../meta-words.ts'
import { failure, notice, Segments } from '../parts.ts'
import type { Span } from '../ranges/ranges.ts'
import { MINUTE_MS } from '../ranges/zones.ts'
import { repeat } from '../repeat.ts'
import { type Asked, askBreakdown, type Breakdown } from './breakdown.ts'
import { type BreakdownWords, breakdownContent, headingOf } from './breakdown-table.ts'
import { dimensionLabel, dimensionPhrase } from './breakdown-words.ts'
import { type Filter, type Filtered, toggled } from './where.ts'

export type BreakdownChoice = BreakdownWords & {
  /** Null: the default. */
  readonly dimension: string | null
  /** Another one asks anew. */
  readonly key: string
  readonly spanAt: (nowMs: number) => Span
}

/** Every answer is counted from files: slow enough to cost little, and what is new shows within a minute. */
const REFRESH_MS = MINUTE_MS / 2
/** Asked for first where no other is chosen. */
const DEFAULT_DIMENSION = 'country'

/** What a number is of. */
type Numbered = Filtered & Pick<BreakdownWords, 'type' | 'measure'>
type OfType = Counted & { readonly type: string }

type Change = { readonly dimension: string } | Filtered

export class BreakdownPanel {
  readonly element: HTMLElement
  readonly #path: string
  readonly #signal: AbortSignal
  readonly #heading = h('h2', { tabindex: '-1' })
  readonly #onChange: (change: Change) => void
  readonly #tabs: Segments<string>
  readonly #place = h('div', { class: 'breakdown-place' })
  readonly #note = h('p', { class: 'legend' })
  #dimensions: readonly string[] | null = null
  #asked = ''
  #shown = ''
  #freshness = ''
  #trouble = ''
  /** How many events of a type there are, if that is what is shown here, and above. */
  #counted: OfType | null = null
  #above: OfType | null = null
  #asking = new AbortController()

  /** `path` is that of a video, a channel or the site. */
  constructor(path: string, onChange: (change: Change) => void, signal: AbortSignal) {
    this.#path = path
    this.#signal = signal
    this.#onChange = onChange
    this.#tabs = new Segments('By', (dimension) => onChange({ dimension }))
    const head = h('div', { class: 'panel-head breakdown-head' }, this.#heading, this.#tabs.element)
    this.element = h(
      'section',
      { class: 'panel breakdown', 'aria-label': 'Breakdown' },
      ...[head, this.#place, this.#note],
    )
  }

  /** Asks only if the question is another one, and then now and again. */
  update(choice: BreakdownChoice): void {
    const { type, measure, dimension, where, key } = choice
    const asked = JSON.stringify([type, measure, dimension, where, key])
    if (asked === this.#asked) return
    this.#asked = asked
    this.#asking.abort()
    this.#asking = new AbortController()
    const signal = AbortSignal.any([this.#signal, this.#asking.signal])
    this.#place.setAttribute('aria-busy', 'true')
    this.#choose(dimension ?? DEFAULT_DIMENSION)
    if (this.#shown === '') setText(this.#heading, headingOf(choice, dimension ?? DEFAULT_DIMENSION))
    const work = async () => {
      await untilInSight(this.element, signal)
      const [by, span] = [dimension ?? DEFAULT_DIMENSION, choice.spanAt(Date.now())]
      const question = { path: this.#path, type, measure, by, span, where }
      this.#show(choice, asked, await askBreakdown(question, this.#dimensions, signal))
    }
    void repeat(REFRESH_MS, signal, work, (error) => this.#fail(asked, error))
  }

  /** Lets it say what the number above, counted by the stream, lacks until the next recount. */
  compare(above: Numbered, { value, ...stats }: Stats): void {
    this.#above = isCountOfAll(above) ? { ...stats, type: above.type, count: value ?? 0 } : null
    this.#say()
  }

  #say(): void {
    const [counted, above] = [this.#counted, this.#above]
    const late = counted === null || counted.type !== above?.type ? '' : lateNote(counted, above)
    setText(this.#note, this.#freshness + late + this.#trouble)
  }

  #choose(dimension: string): void {
    const choices = this.#dimensions ?? []
    this.#tabs.set(
      choices.map((value) => ({ value, label: dimensionLabel(value) })),
      dimension,
    )
  }

  #show(choice: BreakdownChoice, asked: string, { breakdown, startsLater }: Asked): void {
    const { by, dimensions, meta, startTime, endTime } = breakdown
    this.#shown = asked
    this.#dimensions = dimensions
    this.#choose(by)
    this.element.hidden = false
    this.#place.setAttribute('aria-busy', 'false')
    setText(this.#heading, headingOf(choice, by))
    const pick = (filter: Filter) => {
      this.#onChange({ where: toggled(choice.where, filter) })
      this.element.querySelector<HTMLElement>('h2')!.focus({ preventScroll: true }) // the button is replaced
    }
    const { activeElement } = document
    const at = Array.from(this.#place.querySelectorAll('button')).indexOf(activeElement as HTMLButtonElement)
    replace(this.#place, breakdownContent(choice, breakdown, isByLink() ? null : pick))
    if (at >= 0) this.#place.querySelectorAll('button')[at]?.focus({ preventScroll: true })
    const since = startsLater
      ? ` Nothing by ${dimensionPhrase(by)} is kept from before ${momentText(Date.parse(startTime))}: ` +
        'it is counted from then on.'
      : ''
    this.#freshness = breakdownNote(meta, endTime) + since + otherNote(breakdown)
    this.#trouble = ''
    this.#counted = isCountOfAll(choice)
      ? { ...breakdown, type: choice.type, count: breakdown.total ?? 0 }
      : null
    this.#say()
  }

  /** The numbers above say so too where a key is wanted; and a server may have no breakdowns. */
  #fail(asked: string, error: unknown): void {
    this.#place.setAttribute('aria-busy', 'false')
    if (error instanceof ApiError && (error.isAbsent || error.wantsKey)) {
      this.element.hidden = true
      this.#asking.abort()
    } else if (this.#shown === asked && error instanceof ApiError) {
      this.#trouble = ' It could not be refreshed, and is asked for again.'
    } else {
      this.#shown = ''
      this.#freshness = ''
      this.#trouble = ''
      this.#counted = null
      replace(this.#place, error instanceof ApiError && error.status === 0 ? noAnswer() : failure(error))
    }
    this.#say()
  }
}

function isCountOfAll({ measure, where }: Numbered): boolean {
  return measure === 'count' && where.length === 0
}

/** What cannot be filtered by. */
function otherNote({ rows }: Breakdown): string {
  const other = rows.find(({ isOther }) => isOther === true)
  if (other === undefined) return ''
  const hiding = Number(other.hidingHours ?? 0)
  const hours = hiding === 1 ? 'one hour' : `${hiding} hours`
  const hidden = hiding === 0 ? '' : ` In ${hours} far back, some of the values above are among “Other”.`
  return isByLink() ? hidden : `${hidden} “Other” is all other values together, so it cannot be chosen.`
}

/** The numbers above say why. */
function noAnswer(): HTMLElement {
  return notice('No answer yet.', h('p', {}, 'It is asked for again within a minute.'))
}
