import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { LogError } from '../../stores/log/log.ts'
import { anEvent, type DoorOptions, NOW_MS, openDoor } from '../../testing/door-fixture.ts'
import { prometheusMetrics } from './partitioner-metrics.ts'

async function linesAfter(requests: readonly object[], options: DoorOptions = {}): Promise<string[]> {
  const registry = new Registry()
  const door = openDoor({ metrics: prometheusMetrics(registry), ...options })
  for (const request of requests) await door.post(request)
  const text = await registry.metrics()
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

test('each event and each request is counted by how it ended', async () => {
  const late = anEvent({ time: NOW_MS - 3_600_000 })
  const probe = anEvent({ videoId: 'tally.probe', type: 'probe' })
  const lines = await linesAfter([[anEvent(), anEvent(), probe, late, { id: '' }, 5], { id: '' }])
  for (const line of [
    'tally_events_accepted_total{lane="events"} 2',
    'tally_events_accepted_total{lane="events-late"} 1',
    'tally_events_rejected_total{code="invalid_id"} 2',
    'tally_events_rejected_total{code="invalid_event"} 1',
    'tally_event_requests_total{status="202"} 1',
    'tally_event_requests_total{status="422"} 1',
    'tally_append_seconds_count{lane="events"} 1',
    'tally_record_events_sum{lane="events"} 3',
    'tally_in_flight_bytes 0',
  ]) {
    assert.ok(lines.includes(line), `${line}\nis not in\n${lines.join('\n')}`)
  }
})

test('a record that the log does not confirm counts as failed, and its events do not count', async () => {
  const lines = await linesAfter([anEvent()], {
    append: () => () => Promise.reject(new LogError('unavailable', 'x')),
  })
  assert.ok(lines.includes('tally_append_failures_total{lane="events"} 1'))
  assert.ok(lines.includes('tally_event_requests_total{status="503"} 1'))
  assert.ok(!lines.some((line) => line.startsWith('tally_events_accepted_total{lane="events"}')))
})

test('events beyond the quota of new videos are counted by their code', async () => {
  const flood = Array.from({ length: 5 }, (_, i) => anEvent({ videoId: `v${i}` }))
  const lines = await linesAfter([flood, flood.slice(4)], { limits: { newVideosPerMinuteMax: 2 } })
  assert.ok(lines.includes('tally_events_rejected_total{code="too_many_new_videos"} 4'))
  assert.ok(lines.includes('tally_event_requests_total{status="429"} 1'))
})
