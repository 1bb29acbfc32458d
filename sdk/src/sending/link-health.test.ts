import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  BACKOFF_STEPS_MS,
  BREAKER_FAILURES,
  failed,
  isBreakerOpen,
  newLink,
  OUTAGE_GAP_MS,
  openAtMs,
  paused,
  RETRY_AFTER_MAX_MS,
  refused,
  succeeded,
} from './link-health.ts'

/** Fails `times` in a row, each as soon as it may be sent, and returns the waits. */
function waitsOf(times: number, random: number): number[] {
  const link = newLink()
  let nowMs = 0
  return Array.from({ length: times }, () => {
    link.startedAtMs = nowMs
    failed(link, link.round, nowMs, random)
    const waitMs = openAtMs(link) - nowMs
    nowMs += waitMs
    return waitMs
  })
}

test('waits grow by the steps, with full jitter on top of the gap that an outage keeps', () => {
  assert.deepEqual(waitsOf(3, 0), [OUTAGE_GAP_MS, OUTAGE_GAP_MS, OUTAGE_GAP_MS])
  const whole = BACKOFF_STEPS_MS.map((stepMs) => stepMs + OUTAGE_GAP_MS)
  assert.deepEqual(waitsOf(10, 1), [...whole, 601_000, 601_000])
})

test('requests that failed together count as one failure', () => {
  const link = newLink()
  for (let i = 0; i < 4; i++) failed(link, 0, 0, 0)
  assert.equal(link.failures, 1)
})

test('the breaker opens after five failures in a row, and closes by one success', () => {
  const link = newLink()
  for (let i = 0; i < BREAKER_FAILURES; i++) {
    assert.equal(isBreakerOpen(link), false)
    failed(link, link.round, 0, 0)
  }
  assert.equal(isBreakerOpen(link), true)
  succeeded(link)
  assert.equal(isBreakerOpen(link), false)
  assert.equal(openAtMs(link), Number.NEGATIVE_INFINITY)
})

test('a pause that the server asks for counts as no failure, and is honoured up to an hour', () => {
  const link = newLink()
  paused(link, 7_000, 100, 0)
  assert.equal(openAtMs(link), 7_100)
  paused(link, 1_000, 100, 0)
  assert.equal(openAtMs(link), 7_100, 'a shorter one does not end a longer one')
  assert.equal(link.failures, 0)
  paused(link, 86_400_000, 0, 0)
  assert.equal(openAtMs(link), RETRY_AFTER_MAX_MS)
})

test('after a refusal the gap is kept, and nothing more', () => {
  const link = newLink()
  succeeded(link)
  link.startedAtMs = 50
  assert.equal(openAtMs(link), Number.NEGATIVE_INFINITY)
  refused(link)
  assert.equal(openAtMs(link), 50 + OUTAGE_GAP_MS)
})
