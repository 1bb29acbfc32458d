// The routes of alerts. See the API description for their contract.
import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../../lib/clock.ts'
import { takesJson } from '../../../lib/http/json-body.ts'
import { tenantOf } from '../../../lib/http/keys/caller.ts'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import { needsKey } from '../../../lib/http/keys/needs-key.ts'
import { invalidParameter } from '../../../lib/http/parameters.ts'
import { awayAs, ProblemError } from '../../../lib/http/problem.ts'
import type { QueryRate } from '../../../lib/http/query-rate.ts'
import type { Alert, Alerts } from '../../../stores/alerts/alerts.ts'
import {
  ALERT_CHANGE_COST,
  ALERT_COST,
  ALERTS_COST,
  WEBHOOK_TEST_COST,
} from '../../query/question/question-cost.ts'
import { AlertChanges } from './alert-changes.ts'
import { ALERT_ID_RULE, alertFields, askedAlert, isAlertId } from './alert-form.ts'
import type { AllowedReceivers } from './public-address.ts'
import type { SendWebhook } from './send-webhook.ts'
import { signedHeaders, testBody } from './webhook.ts'

export type AlertRoutesDeps = {
  readonly alerts: Alerts
  readonly receivers: AllowedReceivers
  readonly send: SendWebhook
  readonly clock: Pick<Clock, 'nowMs'>
  readonly keys: Keys
  readonly rate: QueryRate
}

/** Tests that a process sends at once: one for each tenant. */
const TESTS_AT_ONCE_MAX = 4

type Route = { Params: { alertId: string }; Body: unknown }

const refuseAway = awayAs('alerts-unavailable')

export function registerAlerts(app: FastifyInstance, deps: AlertRoutesDeps): void {
  const { alerts, receivers, send, clock, keys, rate } = deps
  const changes = new AlertChanges({ alerts, clock })
  const testing = new Set<string>()
  const managed = { onRequest: needsKey(keys, 'manage') }

  app.put<Route>('/v1/alerts', { onRequest: takesJson(keys, 'manage') }, async (request, reply) => {
    const tenant = tenantOf(request, keys, 'manage')
    rate.take(request, tenant, ALERT_CHANGE_COST)
    const asked = askedAlert(request.body, receivers)
    const { alert, secret } = await changes.put(tenant, asked).catch(refuseAway)
    reply.header('cache-control', 'no-store')
    return { ...alertFields(alert), ...(secret !== null && { secret }) }
  })

  app.get('/v1/alerts', async (request, reply) => {
    const tenant = tenantOf(request, keys, 'manage')
    rate.take(request, tenant, ALERTS_COST)
    const found = await alerts.ofTenant(tenant).catch(refuseAway)
    rate.charge(request, tenant, ALERT_COST * found.length)
    reply.header('cache-control', 'no-store')
    return { alerts: found.map(alertFields) }
  })

  app.delete<Route>('/v1/alerts/:alertId', managed, async (request, reply) => {
    const tenant = tenantOf(request, keys, 'manage')
    rate.take(request, tenant, ALERT_CHANGE_COST)
    const alertId = checkedId(request.params.alertId)
    const found = await alerts.find(tenant, alertId).catch(refuseAway)
    if (found !== null) await alerts.remove(tenant, alertId).catch(refuseAway)
    return reply.code(204).send()
  })

  app.post<Route>('/v1/alerts/:alertId/test', managed, async (request) => {
    const tenant = tenantOf(request, keys, 'manage')
    rate.take(request, tenant, WEBHOOK_TEST_COST)
    const alert = await alerts.find(tenant, checkedId(request.params.alertId)).catch(refuseAway)
    if (alert === null) throw new ProblemError({ type: 'not-found', detail: 'There is no such alert.' })
    const isAnother = testing.has(tenant)
    if (isAnother || testing.size >= TESTS_AT_ONCE_MAX) {
      const which = isAnother ? 'Another test of yours is' : `${TESTS_AT_ONCE_MAX} tests are`
      throw new ProblemError({ type: 'overloaded', detail: `${which} being sent: send this one later.` })
    }
    testing.add(tenant)
    try {
      return await sendTest(alert)
    } finally {
      testing.delete(tenant)
    }
  })

  async function sendTest(alert: Alert) {
    const id = `msg_test_${randomUUID().replaceAll('-', '')}`
    const body = testBody(alert, id, clock.nowMs())
    const headers = signedHeaders(id, body, alert.secret, clock.nowMs())
    const outcome = await send({ url: alert.url, headers, body }, NEVER)
    return { id, delivered: outcome.ok, error: outcome.ok ? null : outcome.error }
  }
}

/** An attempt ends by its own timeout. */
const NEVER = new AbortController().signal

function checkedId(alertId: string): string {
  if (isAlertId(alertId)) return alertId
  throw invalidParameter('alertId', `must be ${ALERT_ID_RULE}.`)
}
