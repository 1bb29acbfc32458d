import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alerts } from '../../../stores/alerts/alerts.ts'
import { alertOf, countingOf, ALERT_CREATED_MINUTE as START } from '../../../testing/alert-fixture.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryAlerts } from '../../../testing/memory-alerts.ts'
import { AlertChanges, CHANGES_WAITING_MAX } from './alert-changes.ts'
import { ALERT_LIMITS, type AskedAlert } from './alert-form.ts'
import { judge } from './judge.ts'

const PASSES = { kind: 'passes', thresholds: [1] } as const
const { videoId, eventType, condition, url } = alertOf(PASSES)
const asked = (alertId: string): AskedAlert => ({
  ...{ alertId, videoId, eventType, condition, url },
  secret: null,
})

test('no more are made than there may be, also at once', async () => {
  const alerts = new MemoryAlerts()
  for (let at = 2; at < ALERT_LIMITS.perTenantMax; at++)
    await alerts.write(alertOf(PASSES, { alertId: `a${at}` }), null)
  const changes = new AlertChanges({ alerts, clock: new ManualClock() })
  const put = await Promise.allSettled(['b', 'c', 'd', 'e'].map((id) => changes.put('acme', asked(id))))
  const types = put.map((one) => (one.status === 'fulfilled' ? 'made' : one.reason.type))
  assert.deepEqual(types, ['made', 'made', 'conflict', 'conflict'])
  assert.equal((await alerts.ofTenant('acme')).length, ALERT_LIMITS.perTenantMax)
})

test('only so many changes wait for each other', async () => {
  const stored = new MemoryAlerts()
  const goes = Promise.withResolvers<void>()
  const alerts: Alerts = {
    all: () => stored.all(),
    ofTenant: (tenant) => stored.ofTenant(tenant),
    find: (tenant, alertId) => goes.promise.then(() => stored.find(tenant, alertId)),
    write: (alert, expected) => stored.write(alert, expected),
    remove: (tenant, alertId) => stored.remove(tenant, alertId),
  }
  const changes = new AlertChanges({ alerts, clock: new ManualClock() })
  const first = Array.from({ length: CHANGES_WAITING_MAX }, () => changes.put('acme', asked('a')))
  await assert.rejects(changes.put('acme', asked('a')), { type: 'overloaded' })
  goes.resolve()
  await Promise.all(first)
  await changes.put('acme', asked('a'))
})

test('other numbers of one that rises count from now on: no window of before is told of by them', async () => {
  const alerts = new MemoryAlerts()
  const clock = new ManualClock(START * 60_000)
  const changes = new AlertChanges({ alerts, clock })
  const rises = (factor: number): AskedAlert => ({
    ...asked('a'),
    condition: { kind: 'rises', factor, windowMinutes: 5, countMin: 1 },
  })
  await changes.put('acme', rises(9))
  clock.advance(61 * 60_000)
  const { alert } = await changes.put('acme', rises(2))
  const { alert: moved } = await changes.put('acme', { ...rises(2), url: 'https://other.example/' })
  assert.equal(moved.judgedTo, alert.judgedTo)
  const counts = new Map(Array.from({ length: 14 }, (_, at) => [START + at * 10, 5]))
  const told = async (reached: number) => {
    const { findings } = await judge(moved, countingOf({ counts, reached }), moved.judgedTo ?? 0)
    return findings.map(({ reason }) => reason.kind === 'rises' && reason.to - START)
  }
  assert.deepEqual(await told(START + 64), [])
  assert.deepEqual(await told(START + 80), [65, 75])
})
