// What the panel of a breakdown shows: a table with bars, or what to do where there is none.
import type { Breakdown } from './breakdown.ts'
import {
  dimensionLabel,
  dimensionPhrase,
  isWithoutValues,
  type ShownRow,
  shownRows,
} from './breakdown-words.ts'
import { h } from './dom.ts'
import { percentText, valueText } from './format.ts'
import { eventCommand, notice } from './parts.ts'
import { PRESETS } from './ranges.ts'
import type { Measure, VideoRoute } from './route.ts'
import { cardOf } from './video-cards.ts'

const EXAMPLES = new Map([
  ['country', 'DE'],
  ['device', 'phone'],
])

export function headingOf({ type, measure }: VideoRoute, by: string): string {
  return `${cardOf(type, measure).label} by ${dimensionPhrase(by)}`
}

export function breakdownContent(route: VideoRoute, breakdown: Breakdown): HTMLElement {
  const { videoId, range, type, measure } = route
  const { by, rows, total } = breakdown
  if (rows.length === 0) {
    return notice('Nothing to break down yet.', h('p', {}, 'New events show here within a minute.'))
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
