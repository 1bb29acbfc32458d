import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../model/bucket.ts'
import { Progress } from '../../stores/log/progress.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { ClockWatch } from './clock-watch.ts'
import { clockMetrics } from './query-metrics.ts'

const START_MS = Date.parse('2026-11-21T12:00:00Z')

function setup() {
  const world = { nowMs: START_MS, asOfMs: START_MS - 1, coveredMs: START_MS - HOUR_MS, told: [] as number[] }
  const watch = new ClockWatch({
    nowMs: () => world.nowMs,
    asOfMs: () => world.asOfMs,
    coverage: () => ({ toMinute: world.coveredMs / 60_000, exceptHours: [] }),
    skewMs: 0,
    onBehind: (behindMs) => world.told.push(behindMs),
  })
  return { world, watch, toMs: () => watch.look()?.toMs ?? null }
}

test('a clock that goes on leaves every answer as it is', () => {
  const { world, watch, toMs } = setup()
  for (let i = 0; i < 5; i++) {
    assert.equal(toMs(), null)
    world.nowMs += 1_000
    world.asOfMs += 1_000
  }
  assert.deepEqual([watch.steps, watch.behindMs, world.told], [0, 0, []])
})

test('after a small step back no answer that ends after it is complete, until the clock has caught up', () => {
  const { world, watch, toMs } = setup()
  assert.equal(toMs(), null)
  world.nowMs -= 5_000
  const stepMs = world.nowMs
  assert.equal(toMs(), stepMs)
  world.nowMs += 4_000
  assert.equal(toMs(), stepMs)
  assert.deepEqual([watch.steps, watch.behindMs, world.told], [1, 999, [4_999]])
  world.nowMs += 2_000
  assert.equal(toMs(), null)
})

test('after a large one it is so until what came meanwhile is recounted', () => {
  const { world, toMs } = setup()
  assert.equal(toMs(), null)
  world.nowMs -= HOUR_MS
  const stepMs = world.nowMs
  assert.equal(toMs(), stepMs)
  world.nowMs += 2 * HOUR_MS
  world.asOfMs = world.nowMs
  assert.equal(toMs(), stepMs)
  world.coveredMs = START_MS + HOUR_MS
  assert.equal(toMs(), null)
})

test('where it was so from the start, no answer is complete', () => {
  const { world, toMs } = setup()
  world.nowMs -= 5_000
  assert.equal(toMs(), 0)
})

test('a step back shows as long as the clock is behind, although asOf goes back with it', async () => {
  const clock = new ManualClock(START_MS)
  const log = new MemoryLog({ clock, partitions: 1 })
  const onError = (error: unknown) => assert.fail(String(error))
  const progress = new Progress({ log, clock, onError, checkpoints: async () => new Map() })
  const told: number[] = []
  const watch = new ClockWatch({
    nowMs: () => clock.nowMs(),
    asOfMs: () => progress.asOfMs,
    coverage: () => ({ toMinute: (START_MS - HOUR_MS) / MINUTE_MS, exceptHours: [] }),
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
