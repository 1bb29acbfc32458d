import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../model/bucket.ts'
import { Progress } from '../../stores/log/progress.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { clockMetrics, queryMetrics } from './query-metrics.ts'
import { ClockWatch } from './read/clock-watch.ts'

test('counts answers by route and status, and adds up their seconds', async () => {
  const registry = new Registry()
  const metrics = queryMetrics(registry)
  metrics.answered('/v1/audit', 200, 0.25)
  metrics.answered('/v1/audit', 200, 0.5)
  metrics.answered('/v1/audit', 503, 1)
  const lines = (await registry.metrics()).split('\n')
  for (const line of [
    'tally_query_seconds_sum{route="/v1/audit",status="200"} 0.75',
    'tally_query_seconds_count{route="/v1/audit",status="200"} 2',
    'tally_query_seconds_count{route="/v1/audit",status="503"} 1',
  ]) {
    assert.ok(lines.includes(line), line)
  }
})

test('a step back shows as long as the clock is behind, although asOf goes back with it', async () => {
  const clock = new ManualClock()
  const startMs = clock.nowMs()
  const log = new MemoryLog({ clock, partitions: 1 })
  const onError = (error: unknown) => assert.fail(String(error))
  const progress = new Progress({ log, clock, onError, checkpoints: async () => new Map() })
  const told: number[] = []
  const watch = new ClockWatch({
    nowMs: () => clock.nowMs(),
    asOfMs: () => progress.asOfMs,
    coverage: () => ({ toMinute: (startMs - HOUR_MS) / MINUTE_MS, exceptHours: [] }),
    skewMs: 2 * MINUTE_MS,
    onBehind: (behindMs) => told.push(behindMs),
  })
  const registry = new Registry()
  clockMetrics(registry, watch)
  const shown = async () => {
    await progress.look()
    const { values } = (await registry.getMetricsAsJSON()).find(
      ({ name }) => name === 'tally_clock_behind_seconds',
    )!
    return [Math.round(values[0]!.value), watch.look()?.toMs ?? null]
  }
  assert.deepEqual(await shown(), [0, null])
  clock.advance(-HOUR_MS)
  const stepMs = clock.nowMs()
  assert.deepEqual(await shown(), [3_600, stepMs])
  clock.advance(30 * MINUTE_MS)
  assert.deepEqual(await shown(), [1_800, stepMs])
  assert.deepEqual([watch.steps, told], [1, [HOUR_MS - 1]])
  clock.advance(30 * MINUTE_MS + SECOND_MS)
  assert.deepEqual(await shown(), [0, stepMs], 'what came meanwhile is not recounted')
})
