// The audits: the probe that sends known events as a sender does, and the recount by other means, hour by hour.

import { h, hidden, replace } from '../dom.ts'
import { clockText, momentText, NOTHING, periodText, rateText, wholeText } from '../format.ts'
import { panel, whatToDo } from '../parts.ts'
import { alarmAbout } from './alarms.ts'
import type { AuditAnswer, AuditedHour, Probe } from './audit.ts'

/** The result of a minute or an hour: correct, explained, wrong, or not finished. */
type Verdict = 'right' | 'corrected' | 'wrong' | 'open'

const COLUMNS = ['Hour', 'Buckets', 'Equal', 'Differing', 'Late applied', 'Unexplained', 'Recounted'] as const
const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  right: 'all equal',
  corrected: 'equal once late events were added',
  wrong: 'differs, or could not be read',
  open: 'not closed yet',
}

export class AuditPanel {
  readonly #probes = h('div', { class: 'audit-part' })
  readonly #hours = h('div', { class: 'audit-part' })
  readonly #table = h('div', {
    class: 'table-place',
    tabindex: '0',
    role: 'region',
    'aria-label': 'Recounts',
  })
  readonly #details = h('details', {}, h('summary', {}, 'Hours as a table'), this.#table)
  readonly #alerts = h('div', { class: 'audit-part trouble' })
  readonly element = panel('Audit', this.#probes, this.#hours, this.#details, this.#alerts)

  set({ weak, strong, alerts = [] }: AuditAnswer): void {
    replace(this.#probes, ...probesOf(weak ?? []))
    replace(this.#hours, ...hoursOf(strong))
    this.#details.hidden = strong === null || strong.hours.length === 0
    if (strong !== null && !this.#table.contains(document.activeElement))
      replace(this.#table, tableOf(strong.hours))
    replace(
      this.#alerts,
      ...alerts.map(({ time, about, detail }) =>
        h(
          'p',
          { class: 'alert' },
          ...[
            `${momentText(Date.parse(time))} · ${about}: ${JSON.stringify(detail)} `,
            whatToDo(alarmAbout(about)),
          ],
        ),
      ),
    )
  }
}

function probesOf(newestFirst: readonly Probe[]): HTMLElement[] {
  if (newestFirst.length === 0) {
    return [heading('Probe', 'has not run yet: each minute it sends known events, and checks the answer')]
  }
  const right = newestFirst.filter(({ ok }) => ok)
  const latencies = right.map(({ latencyMs }) => latencyMs ?? 0).sort((a, b) => a - b)
  const median = latencies[Math.floor(latencies.length / 2)]
  const shown = median === undefined ? '' : `, visible after ${rateText(median / 1_000)} s (median)`
  const cells = newestFirst.map(({ ok, startedAt, detail }) =>
    cell(
      ok ? 'right' : 'wrong',
      `${clockText(Date.parse(startedAt))}: ${ok ? 'right' : (detail ?? 'wrong')}`,
    ),
  )
  return [heading('Probe', `${right.length} of ${newestFirst.length} right${shown}`), strip('Probes', cells)]
}

function hoursOf(strong: AuditAnswer['strong']): HTMLElement[] {
  const isReconciled = strong !== null && Date.parse(strong.reconciledTo) > 0
  if (isReconciled && strong.totals === undefined) {
    return [heading('Recount', `reconciled to ${periodText(Date.parse(strong.reconciledTo), 'PT1H')}`)]
  }
  if (strong?.totals === undefined || strong.hours.length === 0) {
    return [heading('Recount', 'has not run yet: it counts the raw events of each closed hour again')]
  }
  const { totals, reconciledTo } = strong
  const words = [
    `${wholeText(totals.buckets)} buckets in ${totals.hours} h compared`,
    `${wholeText(totals.equal)} equal`,
    `${wholeText(totals.lateApplied)} late events applied`,
    `${wholeText(totals.unexplained)} unexplained`,
    `reconciled to ${periodText(Date.parse(reconciledTo), 'PT1H')}`,
  ]
  const verdicts = strong.hours.map(verdictOf)
  const cells = strong.hours.map(({ hour }, at) => {
    const verdict = verdicts[at]!
    return cell(verdict, `${periodText(Date.parse(hour), 'PT1H')}: ${VERDICT_WORDS[verdict]}`)
  })
  const keys = [...new Set(verdicts)].map((verdict) =>
    h('span', { class: 'key', 'data-verdict': verdict }, VERDICT_WORDS[verdict]),
  )
  const legend = h('p', { class: 'legend' }, ...keys)
  return [heading('Recount', words.join(' · ')), strip('Recounted hours', cells), legend]
}

function verdictOf({ hour, comparedTo, differing, unexplained, missing }: AuditedHour): Verdict {
  if (unexplained > 0 || missing > 0) return 'wrong'
  if (Date.parse(comparedTo) < Date.parse(hour) + 3_600_000) return 'open'
  return differing > 0 ? 'corrected' : 'right'
}

function heading(name: string, words: string): HTMLElement {
  return h('p', { class: 'audit-head' }, h('strong', {}, name), ` ${words}`)
}

/** The newest is on the right. */
function strip(label: string, newestFirst: readonly HTMLElement[]): HTMLElement {
  return h('ol', { class: 'strip', 'aria-label': `${label}, oldest first` }, ...newestFirst.toReversed())
}

function cell(verdict: Verdict, words: string): HTMLElement {
  return h('li', { 'data-verdict': verdict, title: words }, hidden(words))
}

function tableOf(hours: readonly AuditedHour[]): HTMLElement {
  const rows = hours.map((hour) => {
    const { buckets, equal, differing, lateApplied, unexplained, recountedAt } = hour
    const name = periodText(Date.parse(hour.hour), 'PT1H') + (hour.purged ? ' · raw events purged' : '')
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      ...[buckets, equal, differing, lateApplied, unexplained].map((value) => h('td', {}, wholeText(value))),
      h('td', {}, recountedAt === '' ? NOTHING : momentText(Date.parse(recountedAt))),
    )
  })
  const head = h('tr', {}, ...COLUMNS.map((name) => h('th', { scope: 'col' }, name)))
  return h(
    'table',
    {},
    h('caption', { class: 'visually-hidden' }, 'What recounts found, by hour'),
    h('thead', {}, head),
    h('tbody', {}, ...rows),
  )
}
