import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS } from '../../../model/bucket.ts'
import { ClockWatch } from './clock-watch.ts'

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
