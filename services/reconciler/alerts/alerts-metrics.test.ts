import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { ALERT_CREATED_MINUTE, alertOf, countingOf } from '../../../testing/alert-fixture.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryAlerts } from '../../../testing/memory-alerts.ts'
import { AlertWatch } from './alert-watch.ts'
import { alertsMetrics } from './alerts-metrics.ts'

test('tells since when not every alert was judged, where the process leads', async () => {
  const clock = new ManualClock()
  const registry = new Registry()
  const metrics = alertsMetrics(registry, clock)
  const alerts = new MemoryAlerts()
  const faults = { all: false, video: '' }
  const all = alerts.all.bind(alerts)
  alerts.all = () => (faults.all ? Promise.reject(new Error('away')) : all())
  for (const videoId of ['a', 'b'])
    await alerts.write(alertOf({ kind: 'silent', minutes: 5 }, { alertId: videoId, videoId }), null)
  const watch = new AlertWatch({
    ...{ alerts, clock, metrics, random: () => 0, onError: () => {} },
    send: async () => ({ ok: true }),
    mayBeTold: () => true,
    onUntold: () => {},
    counting({ videoId }) {
      if (faults.video === videoId) throw new Error('damaged')
      return countingOf({ counts: new Map(), reached: ALERT_CREATED_MINUTE })
    },
  })
  const shown = async () =>
    (await registry.getSingleMetric('tally_alerts_judged_seconds')!.get()).values[0]!.value
  const ageAfter = async (ms: number) => {
    clock.advance(ms)
    await watch.pass().catch(() => {})
    return shown()
  }
  assert.equal(await shown(), 0, 'nothing leads')
  faults.all = true
  assert.equal(await ageAfter(5_000), 0)
  assert.equal(await ageAfter(60_000), 60, 'since it began to lead')
  faults.all = false
  assert.equal(await ageAfter(5_000), 0)
  faults.video = 'b'
  assert.equal(await ageAfter(5_000), 5)
  assert.equal(await ageAfter(5_000), 10)
  watch.rest()
  assert.equal(await shown(), 0)
  faults.video = ''
  assert.equal(await ageAfter(5_000), 0)
})
