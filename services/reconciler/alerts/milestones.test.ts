import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '../../../stores/alerts/alerts.ts'
import { alertOf } from '../../../testing/alert-fixture.ts'
import type { Finding } from './judge.ts'
import {
  attempted,
  DELIVERY_AGE_MAX_MS,
  due,
  isWaiting,
  MILESTONES_KEPT_MAX,
  milestoneId,
  noted,
  WAITING_MAX,
} from './milestones.ts'

const passed = (threshold: number): Finding => ({
  ...{ reason: { kind: 'passes', threshold }, count: threshold, asOfMs: 5 },
})
const rose = (at: number): Finding => ({
  ...{ reason: { kind: 'rises', from: at, to: at + 5, countBefore: 1 }, count: 2, asOfMs: 5 },
})
const RISES = alertOf({ kind: 'rises', factor: 2, windowMinutes: 5, countMin: 1 })
const [ID] = [milestoneId(RISES, rose(0).reason)]
const REFUSED = { ok: false, error: 'The receiver answered 500.', isGone: false } as const

function delivered(alert: Alert): Alert {
  return alert.milestones
    .filter(isWaiting)
    .reduce((all, { id }) => attempted(all, id, { ok: true }, 9, 0), alert)
}

test('what is noted twice is there once', () => {
  const once = noted(RISES, [rose(0), rose(5)], 7)
  assert.equal(once.milestones.length, 2)
  assert.equal(once.revision, RISES.revision + 1)
  assert.equal(noted(once, [rose(5), rose(0)], 8), once)
})

test('an id differs with all that makes the alert and the reason, and with nothing else', () => {
  const reason = passed(1).reason
  const ids = [
    milestoneId(RISES, reason),
    milestoneId({ ...RISES, tenant: '' }, reason),
    milestoneId({ ...RISES, alertId: 'b' }, reason),
    milestoneId({ ...RISES, incarnation: 'anew' }, reason),
    milestoneId(RISES, passed(2).reason),
    milestoneId(RISES, rose(1).reason),
    milestoneId(RISES, { kind: 'silent', since: 1, to: 9 }),
  ]
  assert.equal(new Set(ids).size, ids.length)
  const changed = { ...RISES, revision: 99, url: 'https://other.example/' }
  assert.equal(milestoneId(changed, reason), ids[0])
  assert.equal(milestoneId(RISES, { kind: 'silent', since: 1, to: 99 }), ids[6])
  for (const id of ids) assert.match(id, /^msg_[0-9a-f]{32}$/)
})

test('no more is noted than may wait, and none that waits is forgotten', () => {
  const many = Array.from({ length: WAITING_MAX + 5 }, (_, at) => rose(at * 5))
  const full = noted(RISES, many, 1)
  assert.equal(full.milestones.length, WAITING_MAX)
  assert.equal(noted(full, [rose(9_000)], 1), full)
  const later = noted(delivered(full), [rose(9_000)], 1)
  assert.ok(later.milestones.some(({ id }) => id === milestoneId(RISES, rose(9_000).reason)))
})

test('the newest are kept, and thresholds that would be told of again', () => {
  let alert = RISES
  for (let at = 0; at < 200; at++) alert = delivered(noted(alert, [rose(at * 5)], at))
  assert.equal(alert.milestones.length, MILESTONES_KEPT_MAX)
  assert.equal(alert.milestones.at(-1)!.notedMs, 199)
  const thresholds = Array.from({ length: 20 }, (_, at) => at + 1)
  let passing = alertOf({ kind: 'passes', thresholds })
  passing = delivered(noted(passing, thresholds.map(passed), 1))
  for (let at = 0; at < 200; at++) passing = delivered(noted(passing, [passed(1_000 + at)], at))
  for (const threshold of thresholds)
    assert.equal(noted(passing, [passed(threshold)], 300), passing, `${threshold} is told of again`)
})

test('a failed attempt is repeated after two seconds, and then ever later, up to an hour', () => {
  let alert = noted(RISES, [rose(0)], 0)
  const waits: number[] = []
  for (let nowMs = 0, tries = 0; tries < 14; tries++) {
    alert = attempted(alert, ID, REFUSED, nowMs, 0.999)
    const { nextAttemptMs, attempts, lastError } = alert.milestones[0]!
    assert.deepEqual([attempts, lastError], [tries + 1, REFUSED.error])
    assert.deepEqual(due(alert, nextAttemptMs - 1), [])
    assert.equal(due(alert, nextAttemptMs).length, 1)
    waits.push(Math.round((nextAttemptMs - nowMs) / 1_000))
    nowMs = nextAttemptMs
  }
  assert.deepEqual(waits, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1_023, 2_047, 3_598, 3_598, 3_598])
})

test('an attempt that fails after three days is the last', () => {
  const alert = attempted(noted(RISES, [rose(0)], 0), ID, REFUSED, DELIVERY_AGE_MAX_MS, 0)
  assert.equal(alert.milestones[0]!.gaveUpMs, DELIVERY_AGE_MAX_MS)
  assert.deepEqual(due(alert, Number.MAX_SAFE_INTEGER), [])
  assert.equal(attempted(alert, ID, { ok: true }, 1, 0), alert)
})

test('a receiver that is gone switches its alert off', () => {
  const gone = { ok: false, error: 'The receiver answered 410.', isGone: true } as const
  const alert = attempted(noted(RISES, [rose(0)], 0), ID, gone, 4, 0)
  assert.equal(alert.disabled?.atMs, 4)
  assert.deepEqual(due(alert, Number.MAX_SAFE_INTEGER), [])
})
