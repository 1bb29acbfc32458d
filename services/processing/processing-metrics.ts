// The metrics of processing, read from the drivers at each scrape.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Clock } from '../../lib/clock.ts'
import { knownAsOfMs } from '../../model/as-of.ts'
import { watchLag } from '../../stores/log/lag-gauge.ts'
import type { Log } from '../../stores/log/log.ts'
import type { MinuteState, SourceState } from './core/source-state.ts'
import type { Processing } from './processing.ts'

const OUTCOMES = ['counted', 'duplicate', 'late', 'dead'] as const

/** Registers gauges that read `processing` at each scrape. */
export function watchProcessing(
  registry: Registry,
  processing: Processing,
  log: Pick<Log, 'bounds'>,
  clock: Clock,
): void {
  const registers = [registry]
  const perSource = (name: string, help: string, value: (state: SourceState) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['source'],
      registers,
      collect() {
        this.reset() // sources that we no longer own are reported by others
        for (const { source, state } of processing.drivers) {
          if (state !== null) this.set({ source: source.id }, value(state))
        }
      },
    })
  perSource(
    'tally_queue_rows',
    'Rows, late events and dead letters sealed and not yet stored.',
    (s) => s.queue.rows,
  )
  perSource('tally_totals_rows', 'Running totals in memory.', (s) => sum(s, ({ totals }) => totals.rows))
  perSource('tally_seen_ids', 'Ids in the de-duplication index.', (s) => sum(s, ({ seen }) => seen.size))
  perSource('tally_seen_bytes', 'Memory of the de-duplication index.', (s) =>
    sum(s, ({ seen }) => seen.byteLength),
  )
  watchLedgers(registers, processing)
  const counted = () =>
    processing.drivers.map(({ source, checkpoint }) => ({
      source,
      nextOffset: (checkpoint?.offset ?? -1) + 1,
    }))
  const lag = {
    name: 'tally_lag_records',
    help: 'Records of a source that the log holds and the counts do not.',
  }
  watchLag(registry, lag, counted, log, clock)
  new Gauge({
    name: 'tally_freshness_seconds',
    help: 'Age of the newest moment up to which all counts are complete; no value while unknown.',
    registers,
    collect() {
      const asOfMs = knownAsOfMs(processing.progress().asOfMs)
      if (asOfMs === null) this.remove()
      else this.set((clock.nowMs() - asOfMs) / 1000)
    },
  })
  new Gauge({
    name: 'tally_halted_sources',
    help: 'Halted sources: an operator must decide how to go on.',
    registers,
    collect() {
      this.set(processing.halted.size)
    },
  })
}

function watchLedgers(registers: Registry[], processing: Processing): void {
  new Counter({
    name: 'tally_source_events_total',
    help: "Events of a source by how they ended, since it began (the ledger); without the probe's own.",
    labelNames: ['source', 'outcome'],
    registers,
    collect() {
      this.reset()
      for (const { source, state } of processing.drivers) {
        if (state === null) continue
        const { ledger } = state
        for (const outcome of OUTCOMES) {
          this.inc({ source: source.id, outcome }, ledger[outcome] - (ledger.probe?.[outcome] ?? 0))
        }
        this.inc({ source: source.id, outcome: 'probe' }, ledger.probe?.events ?? 0)
      }
    },
  })
}

function sum(state: SourceState, of: (minute: MinuteState) => number): number {
  let total = 0
  for (const minute of state.minutes.values()) total += of(minute)
  return total
}
