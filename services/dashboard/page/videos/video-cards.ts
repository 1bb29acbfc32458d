// The numbers of a video over a range, side by side: choosing one shows its chart.
import type { Summary, TypeSummary } from '../api.ts'
import { h, replace, setText } from '../dom.ts'
import { changeText, NOTHING, percentText, rateText, valueText } from '../format.ts'
import { moveAmong } from '../parts.ts'
import { HOUR_MS } from '../ranges/zones.ts'
import type { Measure } from '../route.ts'
import type { CardWords } from './unique-viewers.ts'

export type Card = { readonly type: string; readonly measure: Measure; readonly label: string }

export const VIDEO_CARDS: readonly Card[] = [
  { type: 'view', measure: 'count', label: 'Views' },
  { type: 'like', measure: 'count', label: 'Likes' },
  { type: 'dislike', measure: 'count', label: 'Dislikes' },
  { type: 'share', measure: 'count', label: 'Shares' },
  { type: 'view', measure: 'sum', label: 'Watch time' },
  { type: 'view', measure: 'average', label: 'Average view' },
]
export const CHANNEL_CARDS: readonly Card[] = [
  { type: 'view', measure: 'count', label: 'Views' },
  { type: 'like', measure: 'count', label: 'Likes' },
  { type: 'share', measure: 'count', label: 'Shares' },
  { type: 'view', measure: 'sum', label: 'Watch time' },
]
const OTHER_TYPES_MAX = 6

/** The card of a choice, also for a type that is not one of the usual. */
export function cardOf(type: string, measure: Measure): Card {
  const usual = VIDEO_CARDS.find((card) => card.type === type && card.measure === measure)
  const words = { count: type, sum: `${type}: sum`, average: `${type}: average` }
  return usual ?? { type, measure, label: words[measure] }
}

/** Of all cards, and the given one. */
export function typesWith(cards: readonly Card[], type: string): readonly string[] {
  return [...new Set([...cards.map((card) => card.type), type])]
}

export class Cards {
  readonly element = h('div', { class: 'cards', role: 'group', 'aria-label': 'Numbers', keydown: moveAmong })
  readonly #standard: readonly Card[]
  readonly #onChoose: (card: Card) => void
  readonly #viewers: {
    readonly element: HTMLElement
    readonly value: HTMLElement
    readonly note: HTMLElement
  } | null
  #chosen: Card | null = null
  #shown: readonly { card: Card; button: HTMLElement; value: HTMLElement; change: HTMLElement }[] = []

  /** `hasViewers`: how many different viewers there were stands beside the others, without a chart of its own. */
  constructor(standard: readonly Card[], onChoose: (card: Card) => void, hasViewers = false) {
    this.#standard = standard
    this.#onChoose = onChoose
    this.#viewers = hasViewers ? viewersCard() : null
    this.#rebuild(standard)
  }

  choose(chosen: Card): void {
    this.#chosen = chosen
    for (const { card, button } of this.#shown) {
      button.setAttribute(
        'aria-pressed',
        String(card.type === chosen.type && card.measure === chosen.measure),
      )
    }
  }

  set(summary: Summary, previous: Summary | null): void {
    const others = Object.keys(summary.types)
      .filter((type) => !this.#standard.some((card) => card.type === type))
      .slice(0, OTHER_TYPES_MAX)
    const cards = [...this.#standard, ...others.map((type) => cardOf(type, 'count'))]
    const isSame = cards.map(({ type }) => type).join() === this.#shown.map(({ card }) => card.type).join()
    if (!isSame) this.#rebuild(cards)
    for (const { card, value, change } of this.#shown) {
      const now = amountOf(summary.types[card.type], card.measure)
      const before = previous === null ? null : amountOf(previous.types[card.type], card.measure)
      setText(value, valueText(now, card.measure))
      const compared = now === null || before === null ? NOTHING : changeText(now, before)
      setText(change, previous === null ? noteOf(card, summary) : compared)
      change.dataset.way = card.type === 'dislike' ? 'level' : wayOf(now, before) // more of these is neither
    }
  }

  /** Until the numbers are those of what was chosen. */
  set busy(busy: boolean) {
    this.element.setAttribute('aria-busy', String(busy))
  }

  /** Where there is no answer: the numbers of before may be those of something else. */
  clear(): void {
    for (const { value, change } of this.#shown) {
      setText(value, NOTHING)
      setText(change, '')
    }
    this.setViewers({ value: NOTHING, note: '', title: '' })
  }

  setViewers({ value, note, title }: CardWords): void {
    if (this.#viewers === null) return
    setText(this.#viewers.value, value)
    setText(this.#viewers.note, note)
    this.#viewers.element.title = title
  }

  #rebuild(cards: readonly Card[]): void {
    this.#shown = cards.map((card) => {
      const value = h('span', { class: 'card-value' }, NOTHING)
      const change = h('span', { class: 'card-change' })
      const button = h(
        'button',
        { type: 'button', class: 'card', 'aria-pressed': 'false', click: () => this.#onChoose(card) },
        h('span', { class: 'card-label' }, card.label),
        value,
        change,
      )
      return { card, button, value, change }
    })
    const [first, ...others] = this.#shown.map(({ button }) => button)
    replace(this.element, first!, this.#viewers?.element ?? null, ...others)
    if (this.#chosen !== null) this.choose(this.#chosen)
  }
}

function viewersCard() {
  const value = h('span', { class: 'card-value' }, NOTHING)
  const note = h('span', { class: 'card-change' })
  const label = h('span', { class: 'card-label' }, 'Unique viewers')
  return { element: h('div', { class: 'card still' }, label, value, note), value, note }
}

/** A type that was never counted has count 0 and no average. */
function amountOf(summary: TypeSummary | undefined, measure: Measure): number | null {
  if (summary === undefined) return measure === 'average' ? null : 0
  return summary[measure]
}

/** Shown beside a number without a comparison. */
function noteOf({ type, measure }: Card, { types, startTime, endTime }: Summary): string {
  const views = types.view?.count ?? 0
  if (measure === 'sum') return 'of all views'
  if (measure === 'average') return 'where reported'
  if (type !== 'view') return views === 0 ? '' : `${percentText(types[type]!.count / views)} of views`
  const hours = (Date.parse(endTime) - Date.parse(startTime)) / HOUR_MS
  return hours <= 0 ? '' : `${rateText(views / hours)} an hour`
}

function wayOf(now: number | null, before: number | null): string {
  if (now === null || before === null || now === before) return 'level'
  return now > before ? 'up' : 'down'
}
