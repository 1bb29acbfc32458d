// The view of operators: rates in and out, the lag of each source, and whether the ledgers add up.

import { ApiError, askMetrics, askStats, videoPath, whereThere } from '../api.ts'
import { Chart } from '../charts/chart.ts'
import { h, replace, setText } from '../dom.ts'
import { clockText, NOTHING, percentText, rateText, wholeText } from '../format.ts'
import { failure, legendKey, panel, whatToDo } from '../parts.ts'
import { repeat } from '../repeat.ts'
import type { View } from '../view.ts'
import { ALARMS, type Alarm } from './alarms.ts'
import {
  type AuditAnswer,
  askAudit,
  askHistory,
  Rates,
  type Reading,
  readingsOf,
  type Sums,
  sumsOf,
} from './audit.ts'
import { AuditPanel } from './audit-panel.ts'
import { DeadLettersPanel } from './dead-letters-panel.ts'
import { LedgerTable } from './ledger-table.ts'
import { Metrics } from './metrics.ts'
import { SplitsPanel } from './splits-panel.ts'

const INTERVAL_MS = 2_000
/** Half an hour of readings, the first of which are the server's. */
const SHOWN_MS = 1_800_000
const READINGS_MAX = 1_100
/** The least scale of the chart, so that small values do not look large. */
const AXIS_MS = 120_000
const STALE_AFTER_S = 10
/** In place of what a tenant does not see. */
const FOR_ADMINS = 'for admins'
/** Its answer says how far the counts go. */
const ANY_QUESTION = { type: 'view', measure: 'count', span: null, granularity: null } as const

type Tile = { readonly element: HTMLElement; set(value: string, note?: string, mood?: 'good' | 'bad'): void }

export class OperationsView implements View {
  readonly element: HTMLElement
  readonly #signal: AbortSignal
  readonly #trouble = h('div', { class: 'trouble' })
  readonly #tiles = {
    in: tile('Events in', 'Received from senders, per second'),
    out: tile('Events counted', 'New in the counts, per second'),
    freshness: tile(
      'Freshness',
      'Age of the newest moment up to which all counts are complete',
      ALARMS.behind,
    ),
    lag: tile('Lag', 'Records that the log holds and the counts do not'),
    duplicate: tile('Duplicates', 'Copies that were recognised and not counted again'),
    late: tile('Late', 'Too old for the stream: kept for the recount'),
    dead: tile('Dead letters', 'Could not be read or stored: kept, to be looked at', ALARMS.deadLetters),
    rejected: tile('Rejected', 'Refused when received; the sender is told'),
  }
  readonly #chart: Chart
  readonly #course: HTMLElement
  readonly #ledger = new LedgerTable()
  readonly #audit = new AuditPanel()
  readonly #rates = new Rates<'in' | 'counted'>()
  #readings: readonly Reading[] = []

  constructor(signal: AbortSignal) {
    this.#signal = signal
    this.#chart = new Chart(signal)
    const keys = [legendKey('solid', 'counted'), legendKey('dashed', 'received')]
    this.#course = panel(
      'Events per second',
      h('div', { class: 'course short' }, this.#chart.element),
      h('p', { class: 'legend' }, ...keys),
    )
    this.element = h(
      'div',
      { class: 'operations' },
      ...[h('h1', {}, 'Operations'), this.#trouble],
      h('div', { class: 'tiles' }, ...Object.values(this.#tiles).map(({ element }) => element)),
      ...[this.#course, this.#audit.element, panel('Ledger', this.#ledger.element)],
      ...[new SplitsPanel(signal).element, new DeadLettersPanel(signal).element],
    )
    void this.#begin()
    void repeat(
      INTERVAL_MS,
      signal,
      () => this.#look(),
      (error) => replace(this.#trouble, failure(error)),
    )
  }

  update(): boolean {
    return true
  }

  /** An older server has no history, and tenants see none: then the chart begins now. */
  async #begin(): Promise<void> {
    const past = readingsOf(await askHistory(this.#signal).catch(() => []))
    const [first] = this.#readings
    this.#readings = [
      ...past.filter(({ atMs }) => first === undefined || atMs < first.atMs),
      ...this.#readings,
    ]
    this.#draw()
  }

  async #look(): Promise<void> {
    const [audit, metrics, asOf] = await Promise.all([
      askAudit(this.#signal),
      whereThere(askMetrics(this.#signal)).then((text) => new Metrics(text ?? '')),
      askStats(videoPath('-'), ANY_QUESTION, this.#signal).then(({ meta }) => meta.asOf, nullIfOfNobody),
    ])
    replace(this.#trouble)
    const sums = audit.scope === 'tenant' ? null : sumsOf(audit.ledger)
    this.#course.hidden = sums === null
    this.#showRates(sums, metrics)
    this.#showTiles(sums, metrics, asOf, audit.strong?.totals?.lateApplied ?? null)
    this.#ledger.set(audit, metrics)
    this.#audit.set(audit)
    this.#warn(audit, metrics)
  }

  /** Only partitioners report accepted events; for other processes the records in the log are used. */
  #showRates(sums: Sums | null, metrics: Metrics): void {
    const accepted = metrics.sum('tally_events_accepted_total') ?? sums?.events ?? null
    const nowMs = Date.now()
    const rates = this.#rates.add(nowMs, { in: accepted, counted: sums?.counted ?? null })
    this.#tiles.in.set(rates.in === null ? NOTHING : `${rateText(rates.in)}/s`, inAll(accepted))
    this.#tiles.out.set(
      rates.counted === null ? NOTHING : `${rateText(rates.counted)}/s`,
      inAll(sums?.counted ?? null),
    )
    if (rates.in === null || rates.counted === null) return
    const shown = [...this.#readings, { atMs: nowMs, in: rates.in, out: rates.counted }]
    this.#readings = shown.filter(({ atMs }) => atMs > nowMs - SHOWN_MS).slice(-READINGS_MAX)
    this.#draw()
  }

  #draw(): void {
    const [first, last] = [this.#readings[0], this.#readings.at(-1)]
    if (first === undefined || last === undefined) return
    this.#chart.draw(
      {
        times: this.#readings.map(({ atMs }) => atMs),
        values: this.#readings.map(({ out }) => out),
        previous: this.#readings.map((reading) => reading.in),
        open: false,
        axis: { fromMs: Math.min(first.atMs, last.atMs - AXIS_MS), toMs: last.atMs },
      },
      {
        name: 'Events per second, over the last half hour at most',
        period: clockText,
        value: (value) => (value === null ? NOTHING : `${rateText(value)}/s`),
        mark: clockText,
        shortValue: rateText,
      },
    )
  }

  #showTiles(sums: Sums | null, metrics: Metrics, asOf: string | null, lateApplied: number | null): void {
    const { freshness, lag, duplicate, late, dead, rejected } = this.#tiles
    const asOfMs = asOf === null ? null : Date.parse(asOf)
    const measured = metrics.sum('tally_freshness_seconds')
    const seconds = measured ?? (asOfMs === null ? null : (Date.now() - asOfMs) / 1_000)
    if (seconds === null) freshness.set(NOTHING, 'not known yet')
    else {
      freshness.set(
        `${rateText(Math.max(0, seconds))} s`,
        asOfMs === null ? '' : `as of ${clockText(asOfMs)}`,
        seconds > STALE_AFTER_S ? 'bad' : 'good',
      )
    }
    const records = metrics.sum('tally_lag_records')
    lag.set(
      records === null ? NOTHING : wholeText(records),
      records === null ? 'as processing reports' : 'records',
    )
    const lateAtTheDoor = metrics.sum('tally_events_accepted_total', { lane: 'events-late' }) ?? 0
    const applied =
      lateApplied === null ? 'kept for the recount' : `${wholeText(lateApplied)} applied by recounts`
    if (sums === null) for (const one of [duplicate, late, dead]) one.set(NOTHING, FOR_ADMINS)
    else {
      const share = sums.events === 0 ? '' : `${percentText(sums.duplicate / sums.events)} of all`
      duplicate.set(wholeText(sums.duplicate), share)
      late.set(wholeText(sums.late + lateAtTheDoor), applied)
      dead.set(wholeText(sums.dead), sums.dead === 0 ? 'none' : 'see below', sums.dead === 0 ? 'good' : 'bad')
    }
    const refused = metrics.sum('tally_events_rejected_total')
    rejected.set(refused === null ? '0' : wholeText(refused), 'since the start')
  }

  #warn({ ledger }: AuditAnswer, metrics: Metrics): void {
    const halted = metrics.sum('tally_halted_sources') ?? 0
    const odd = ledger.filter(({ balanced }) => !balanced).map(({ source }) => source)
    const words = `${halted} source(s) halted, an operator must decide how to go on: /health/ready says why. `
    const warnings = [
      halted > 0 && [words, whatToDo(ALARMS.halted)],
      odd.length > 0 && [`The ledger does not add up at ${odd.join(', ')}: please report it.`],
    ].filter((parts) => parts !== false)
    replace(
      this.#trouble,
      ...warnings.map((parts) => h('p', { class: 'notice bad', role: 'alert' }, ...parts)),
    )
  }
}

/** An admin of no tenant may ask nothing of videos. A key that is good for nothing is refused by the rest, too. */
function nullIfOfNobody(error: unknown): null {
  if (error instanceof ApiError && error.status === 403) return null
  throw error
}

function inAll(count: number | null): string {
  return count === null ? FOR_ADMINS : `${wholeText(count)} in all`
}

/** @param alarm what leads to the runbook while the mood is bad */
function tile(label: string, explanation: string, alarm: Alarm | null = null): Tile {
  const value = h('span', { class: 'tile-value' }, NOTHING)
  const note = h('span', { class: 'tile-note' }, ' ')
  const way = alarm === null ? null : h('span', { class: 'tile-note' }, whatToDo(alarm))
  const element = h(
    'div',
    { class: 'tile', title: explanation },
    h('h2', {}, label),
    value,
    note,
    way ?? false,
  )
  return {
    element,
    set(text, words = '', mood) {
      setText(value, text)
      setText(note, words || ' ')
      if (way !== null) way.hidden = mood !== 'bad'
      if (mood === undefined) delete element.dataset.mood
      else element.dataset.mood = mood
    },
  }
}
