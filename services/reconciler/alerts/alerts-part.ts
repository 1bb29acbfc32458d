// Alerts as a part of a process: serves them to tenants; judges and delivers them while this process leads.

import type { QueryRate } from '../../../lib/http/query-rate.ts'
import type { Service } from '../../../lib/http/start-service.ts'
import { inBackground } from '../../../lib/opening.ts'
import product from '../../../package.json' with { type: 'json' }
import type { Alerts } from '../../../stores/alerts/alerts.ts'
import type { CountDeps } from '../../query/deps.ts'
import { countingBy } from './alert-counting.ts'
import { registerAlerts } from './alert-routes.ts'
import type { AlertSettings } from './alert-settings.ts'
import { AlertWatch, watchAlerts } from './alert-watch.ts'
import { alertsMetrics } from './alerts-metrics.ts'
import { webhookSender } from './send-webhook.ts'

export type AlertsBeside = {
  readonly alerts: Alerts
  /** What questions are answered from. */
  readonly answers: CountDeps
  readonly leads: () => boolean
  readonly rate: QueryRate
}

export function addAlerts(
  service: Service,
  { alerts, answers, leads, rate }: AlertsBeside,
  { intervalMs, receivers }: AlertSettings,
): void {
  const { app, registry, clock, logger, keys } = service
  const send = webhookSender(receivers, `Tally/${product.version}`)
  registerAlerts(app, { alerts, receivers, send, clock, keys, rate })
  const onError = (err: unknown) =>
    logger.warn({ err }, 'could not judge or deliver an alert, will try again')
  const onUntold = (alerts: number) =>
    logger.warn({ alerts }, 'these alerts rest: their tenants have no key that may read')
  const metrics = alertsMetrics(registry, clock)
  const watch = new AlertWatch({
    ...{ alerts, send, clock, onError, onUntold, metrics, random: Math.random },
    mayBeTold: (tenant) => keys.anyAllows(tenant, 'read'),
    counting: countingBy(answers, clock),
  })
  inBackground(service, (stopping) =>
    watchAlerts({ watch, leads, intervalMs, clock, random: Math.random, onError }, stopping),
  )
}
