// The ledger: how every event of every source ended, and that the sums add up.

import { h, replace } from '../dom.ts'
import { clockText, NOTHING, wholeText } from '../format.ts'
import type { AuditAnswer, LedgerEntry } from './audit.ts'
import type { Metrics } from './metrics.ts'

const COLUMNS = [
  'Source',
  'Events',
  'Counted',
  'Duplicate',
  'Late',
  'Dead',
  'Balance',
  'Lag',
  'Log time',
] as const

const NOTHING_YET = 'Nothing has been counted yet. The first event starts the ledger.'
const FOR_ADMINS = 'The ledger is that of all tenants: only an admin key shows it.'

export class LedgerTable {
  readonly element = h('div', {
    class: 'table-place',
    tabindex: '0',
    role: 'region',
    'aria-label': 'Ledger by source',
  })

  set({ ledger, scope }: AuditAnswer, metrics: Metrics): void {
    if (ledger.length === 0) {
      replace(this.element, h('p', { class: 'empty' }, scope === 'tenant' ? FOR_ADMINS : NOTHING_YET))
      return
    }
    const head = h('tr', {}, ...COLUMNS.map((name) => h('th', { scope: 'col' }, name)))
    const rows = ledger.map((entry) =>
      rowOf(entry, metrics.sum('tally_lag_records', { source: entry.source })),
    )
    const { scrollLeft } = this.element
    replace(
      this.element,
      h(
        'table',
        {},
        h('caption', { class: 'visually-hidden' }, 'How the events of each source ended'),
        h('thead', {}, head),
        h('tbody', {}, ...rows),
      ),
    )
    this.element.scrollLeft = scrollLeft
  }
}

function rowOf(entry: LedgerEntry, lag: number | null): HTMLElement {
  const { events, counted, duplicate, late, dead, balanced } = entry
  const sum = [counted, duplicate, late, dead].map(wholeText).join(' + ')
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, entry.source),
    ...[events, counted, duplicate, late, dead].map((value) => h('td', {}, wholeText(value))),
    h(
      'td',
      {
        class: 'balance',
        'data-balanced': String(balanced),
        title: `${wholeText(events)} ${balanced ? '=' : '≠'} ${sum}`,
      },
      balanced ? '✓ adds up' : '✗ does not',
    ),
    h('td', {}, lag === null ? NOTHING : wholeText(lag)),
    h('td', {}, clockText(Date.parse(entry.logTime))),
  )
}
