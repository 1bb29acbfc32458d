// The metrics of alerts. What waits is known to the process that leads; elsewhere it is 0.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Clock } from '../../../lib/clock.ts'
import { SECOND_MS } from '../../../model/bucket.ts'

export type AlertsMetrics = {
  /** One attempt to deliver was made. */
  attempted(isTaken: boolean): void
  /** When each of the webhooks that wait was noted, epoch ms. */
  waiting(notedMs: readonly number[], nowMs: number): void
  /** So many alerts are of tenants without a key that may read. */
  untold(alerts: number): void
  /** A pass begins; the first one since another process led, or since the start, is measured from here. */
  passing(): void
  /** A pass judged every alert. */
  passed(): void
  /** Another process leads. */
  resting(): void
}

export function alertsMetrics(registry: Registry, clock: Pick<Clock, 'nowMs'>): AlertsMetrics {
  const registers = [registry]
  const attempts = new Counter({
    name: 'tally_webhook_attempts_total',
    help: 'Attempts to deliver a webhook, by whether the receiver took it.',
    labelNames: ['taken'],
    registers,
  })
  for (const taken of ['true', 'false']) attempts.inc({ taken }, 0) // the first of each is an increase too
  const waiting = new Gauge({
    name: 'tally_webhooks_waiting',
    help: 'Webhooks that no receiver has taken yet, reported by the leading process; elsewhere 0.',
    registers,
  })
  const oldest = new Gauge({
    name: 'tally_webhook_waiting_seconds',
    help: 'How long the webhook waits that has waited longest, reported by the leading process; elsewhere 0.',
    registers,
  })
  const untold = new Gauge({
    name: 'tally_alerts_untold',
    help: 'Alerts that rest, because no key of their tenant may read, of the leading process; elsewhere 0.',
    registers,
  })
  let judgedMs: number | null = null
  new Gauge({
    name: 'tally_alerts_judged_seconds',
    help: 'Since every alert was judged, or since the process began to lead; where another one leads 0.',
    registers,
    collect() {
      this.set(judgedMs === null ? 0 : Math.max(0, clock.nowMs() - judgedMs) / SECOND_MS)
    },
  })
  return {
    passing() {
      judgedMs ??= clock.nowMs()
    },
    passed() {
      judgedMs = clock.nowMs()
    },
    resting() {
      judgedMs = null
      untold.set(0)
    },
    untold: (alerts) => untold.set(alerts),
    attempted: (isTaken) => attempts.inc({ taken: String(isTaken) }),
    waiting(notedMs, nowMs) {
      waiting.set(notedMs.length)
      const first = notedMs.reduce((least, one) => Math.min(least, one), nowMs)
      oldest.set((nowMs - first) / SECOND_MS)
    },
  }
}
