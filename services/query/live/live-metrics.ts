// The metrics of live answers.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { LiveCountsMetrics } from './live-counts.ts'

export type LiveMetrics = LiveCountsMetrics & {
  opened(): void
  closed(wasDropped: boolean): void
  sent(): void
}

export function liveMetrics(registry: Registry): LiveMetrics {
  const registers = [registry]
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  const connections = new Gauge({ name: 'tally_live_connections', help: 'Open live connections.', registers })
  const dropped = counter('tally_live_dropped_total', 'Live connections dropped for reading too slowly.')
  const messages = counter('tally_live_messages_total', 'Counts sent to live connections.')
  const looks = counter('tally_live_reads_total', 'Reads of series that live connections watch.')
  const failures = counter('tally_live_read_failures_total', 'Such reads that failed and were tried again.')
  return {
    opened: () => connections.inc(),
    closed(wasDropped) {
      connections.dec()
      if (wasDropped) dropped.inc()
    },
    sent: () => messages.inc(),
    looked: () => looks.inc(),
    failed: () => failures.inc(),
  }
}
