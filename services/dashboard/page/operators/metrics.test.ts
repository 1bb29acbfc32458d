import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Counter, Gauge, Registry } from 'prom-client'
import { Metrics } from './metrics.ts'

test('reads what the server writes', async () => {
  const registers = [new Registry()]
  const events = new Counter({ name: 'events_total', help: 'h', labelNames: ['lane', 'note'], registers })
  events.inc({ lane: 'events', note: 'a "b" \\ c\n{d}' }, 3)
  events.inc({ lane: 'late', note: '' }, 2)
  new Gauge({ name: 'lag', help: 'h', registers }).set(0.25)
  const metrics = new Metrics(await registers[0]!.metrics())
  assert.equal(metrics.sum('events_total'), 5)
  assert.equal(metrics.sum('events_total', { lane: 'late' }), 2)
  assert.equal(metrics.of('events_total')[0]!.labels.note, 'a "b" \\ c\n{d}')
  assert.equal(metrics.sum('lag'), 0.25)
  assert.equal(metrics.sum('nobody'), null)
})
