// The Prometheus metrics of the spool.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { SpoolState } from './spooled-log.ts'

/** Registers metrics that read the state at each scrape. */
export function watchSpool(
  registry: Registry,
  state: () => SpoolState,
  { bytesMax, nowMs }: { readonly bytesMax: number; readonly nowMs: () => number },
): void {
  const registers = [registry]
  const gauge = (name: string, help: string, value: (state: SpoolState) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value(state()))
      },
    })
  const counter = (name: string, help: string, total: (state: SpoolState) => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(total(state()))
      },
    })
  gauge('tally_spool_records', 'Records on disk that the log does not have yet.', ({ records }) => records)
  gauge('tally_spool_bytes', 'Bytes of these records, with their overhead.', ({ bytes }) => bytes)
  gauge('tally_spool_limit_bytes', 'Bytes that the spool may hold.', () => bytesMax)
  gauge('tally_spool_oldest_seconds', 'Age of the oldest of these records.', ({ oldestAtMs }) =>
    oldestAtMs === null ? 0 : Math.max(0, nowMs() - oldestAtMs) / 1000,
  )
  gauge(
    'tally_spool_away_partitions',
    'Partitions whose records go straight to the spool.',
    ({ awayPartitions }) => awayPartitions,
  )
  counter('tally_spool_drained_total', 'Records handed from the spool to the log.', ({ drained }) => drained)
  counter(
    'tally_spool_refused_total',
    'Records that neither the log nor the spool took.',
    ({ refused }) => refused,
  )
}
