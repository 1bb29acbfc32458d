import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../attempt.ts'
import { TallyError } from '../errors.ts'
import {
  BACKOFF_STEPS_MS,
  BREAKER_FAILURES,
  isBreakerOpen,
  type LinkHealth,
  learn,
  NEVER,
  newLink,
  OUTAGE_GAP_MS,
  openAtMs,
  RETRY_AFTER_MAX_MS,
} from './link-health.ts'

const SUCCESS: Outcome = { kind: 'answered', accepted: 1, late: 0, rejected: [], offsetMs: null }
const error = new TallyError('overloaded', 'busy')
const FAILURE: Outcome = { kind: 'retry', error, afterMs: 0, mayBeStored: true }
const REFUSAL: Outcome = { ...FAILURE, kind: 'refused' }
const GAP_MS = 0

const fails = (link: LinkHealth, nowMs: number, random = 0) =>
  learn(link, FAILURE, link.failures, nowMs, random)
const pauses = (link: LinkHealth, afterMs: number, nowMs: number) =>
  learn(link, { ...FAILURE, afterMs }, link.failures, nowMs, 0)
const succeeds = (link: LinkHealth) => learn(link, SUCCESS, link.failures, 0, 0)

/** Fails `times` in a row, each as soon as it may be sent, and returns the waits. */
function waitsOf(times: number, random: number): number[] {
  const link = newLink()
  let nowMs = 0
  return Array.from({ length: times }, () => {
    link.startedAtMs = nowMs
    fails(link, nowMs, random)
    const waitMs = openAtMs(link, GAP_MS) - nowMs
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
  for (let i = 0; i < 4; i++) learn(link, FAILURE, 0, 0, 0)
  assert.equal(link.failures, 1)
})

test('the breaker opens after five failures in a row, and closes by one success', () => {
  const link = newLink()
  for (let i = 0; i < BREAKER_FAILURES; i++) {
    assert.equal(isBreakerOpen(link), false)
    fails(link, 0)
  }
  assert.equal(isBreakerOpen(link), true)
  succeeds(link)
  assert.equal(isBreakerOpen(link), false)
  assert.equal(openAtMs(link, GAP_MS), NEVER)
})

test('a batch that is too large was answered: more may be sent at once', () => {
  const link = newLink()
  fails(link, 0)
  learn(link, { ...FAILURE, kind: 'too_large' }, 1, 0, 0)
  assert.equal(openAtMs(link, GAP_MS), NEVER)
})

test('a pause that the server asks for counts as no failure, and is honoured up to an hour', () => {
  const link = newLink()
  pauses(link, 7_000, 100)
  assert.equal(openAtMs(link, GAP_MS), 7_100)
  pauses(link, 1_000, 100)
  assert.equal(openAtMs(link, GAP_MS), 7_100, 'a shorter one does not end a longer one')
  succeeds(link)
  assert.equal(openAtMs(link, GAP_MS), 7_100, 'nor does a success')
  assert.equal(link.failures, 0)
  pauses(link, 86_400_000, 0)
  assert.equal(openAtMs(link, GAP_MS), RETRY_AFTER_MAX_MS)
})

test('after a refusal the gap is kept, and nothing more', () => {
  const link = newLink()
  succeeds(link)
  link.startedAtMs = 50
  assert.ok(openAtMs(link, GAP_MS) <= 50)
  learn(link, REFUSAL, 0, 60, 0)
  assert.equal(openAtMs(link, GAP_MS), 50 + OUTAGE_GAP_MS)
})

test('while all goes well, requests keep their distance', () => {
  const link = newLink()
  succeeds(link)
  assert.equal(openAtMs(link, 100), NEVER)
  link.startedAtMs = 50
  assert.equal(openAtMs(link, 100), 150)
  assert.equal(openAtMs(link, 2_000), 2_050, 'less than one a second is a rate too')
})
