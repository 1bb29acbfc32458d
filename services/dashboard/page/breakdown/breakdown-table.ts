// What the panel of a breakdown shows: a table with bars, or what to do where there is none.
import { isByLink } from '../api.ts'
import { h } from '../dom.ts'
import { percentText, valueText } from '../format.ts'
import { eventCommand, notice } from '../parts.ts'
import type { Measure } from '../route.ts'
import { cardOf } from '../videos/video-cards.ts'
import type { Breakdown } from './breakdown.ts'
import {
  dimensionLabel,
  dimensionPhrase,
  isWithoutValues,
  type ShownRow,
  shownRows,
} from './breakdown-words.ts'
import { onlyText } from './filter-bar.ts'
import { type Filter, isFilteredBy, type Where } from './where.ts'

const EXAMPLES = new Map([
  ['country', 'DE'],
  ['device', 'phone'],
])

export type BreakdownWords = {
  readonly type: string
  readonly measure: Measure
  readonly rangeName: string
  /** A video of which an event can be sent. */
  readonly videoId: string
  readonly where: Where
}

/** Shows only the events of a row, or again all of them. */
type Pick = (filter: Filter) => void

export function headingOf({ type, measure, where }: BreakdownWords, by: string): string {
  return `${cardOf(type, measure).label} by ${dimensionPhrase(by)}${onlyText(where)}`
}

/** `pick`: null where nothing can be filtered. */
export function breakdownContent(
  words: BreakdownWords,
  breakdown: Breakdown,
  pick: Pick | null,
): HTMLElement {
  const { videoId, rangeName, type, measure } = words
  const { by, rows, total, endTime } = breakdown
  if (rows.length === 0 && words.where.length > 0) {
    return notice('No such events in this range.', h('p', {}, 'Remove a filter, or choose a longer range.'))
  }
  if (rows.length === 0) {
    if (Date.parse(endTime) < Date.now()) return notice('No events in this range.')
    return notice('Nothing to break down yet.', h('p', {}, 'New events show here within a minute.'))
  }
  if (isWithoutValues(breakdown)) {
    const how = h('p', {}, 'Send the attribute with your events:')
    const command = eventCommand(
      videoId,
      type,
      `"attributes":{"${by}":"${EXAMPLES.get(by) ?? 'some-value'}"}`,
    )
    const what = `No event in this range says its ${dimensionPhrase(by)}.`
    return isByLink() ? notice(what) : notice(what, how, command)
  }
  const heads = [dimensionLabel(by), cardOf(type, measure).label, 'Share']
  const shown = shownRows(breakdown, measure)
  const hasShares = shown.some(({ share }) => share !== null)
  const nameOf = ({ name, of }: ShownRow) => {
    if (of === null || pick === null) return h('bdi', {}, name)
    const filter = { by, value: of }
    const isOnly = isFilteredBy(words.where, filter)
    const title = isOnly ? 'Show all events again' : `Show only ${name}`
    const pressed = { 'aria-pressed': String(isOnly), title, click: () => pick(filter) }
    return h('button', { type: 'button', class: 'pick', ...pressed }, h('bdi', {}, name))
  }
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
    h('caption', { class: 'visually-hidden' }, `${headingOf(words, by)}, ${rangeName}`),
    h('thead', {}, head),
    h('tbody', {}, ...shown.map((row) => rowOf(row, measure, nameOf(row)))),
    h('tfoot', {}, last),
  )
}

function rowOf({ value, share, bar, isRest }: ShownRow, measure: Measure, name: HTMLElement): HTMLElement {
  const label = h('span', { class: 'value-bar' }, name)
  label.style.setProperty('--bar', bar.toFixed(4))
  return h(
    'tr',
    { class: isRest && 'rest' },
    h('th', { scope: 'row' }, label),
    h('td', {}, valueText(value, measure)),
    share !== null && h('td', {}, percentText(share)),
  )
}
