// The Prometheus metrics of shared layouts, and of events that wait because theirs is not known.
import { Gauge, type Registry } from 'prom-client'
import type { Clock } from '../../lib/clock.ts'
import { MINUTE_MS, SECOND_MS } from '../../model/bucket.ts'
import type { Layouts } from '../../stores/layouts/layouts.ts'
import type { SpoolExtent } from '../../stores/log/spool/spool.ts'

/** Registers metrics that read the state at each scrape. */
export function watchUnrouted(registry: Registry, extent: () => SpoolExtent, nowMs: () => number): void {
  gauge(
    registry,
    'tally_unrouted_records',
    'Records on disk of minutes whose layout is not known here yet.',
    () => {
      return extent().records
    },
  )
  gauge(
    registry,
    'tally_unrouted_bytes',
    'Bytes of these records, which share the bound of the spool.',
    () => {
      return extent().bytes
    },
  )
  gauge(registry, 'tally_unrouted_oldest_seconds', 'Age of the oldest of these records.', () => {
    const { oldestAtMs } = extent()
    return oldestAtMs === null ? 0 : Math.max(0, nowMs() - oldestAtMs) / SECOND_MS
  })
}

export function watchLayouts(registry: Registry, layouts: Layouts, clock: Pick<Clock, 'nowMs'>): void {
  gauge(
    registry,
    'tally_layouts_known_seconds',
    'How far ahead of now events can be routed; below 0: none of now.',
    () => {
      const aheadMs = layouts.unknownFromMinute() * MINUTE_MS - clock.nowMs()
      return Number.isFinite(aheadMs) ? aheadMs / SECOND_MS : 0
    },
  )
}

function gauge(registry: Registry, name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(value())
    },
  })
}
