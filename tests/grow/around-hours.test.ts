import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS } from '../../model/bucket.ts'
import { Random } from '../../simulator/random.ts'
import { AroundHours, SPAN_MS } from './around-hours.ts'

const NOW_MS = 500_000 * HOUR_MS + 1

/** The hours of some events, and from how many milliseconds around one they are. */
function sent(traffic: AroundHours): { last: number; around: number[] } {
  const times = Array.from({ length: 5_000 }, () => traffic.next().timeMs)
  const around = Array.from(new Set(times.map((timeMs) => Math.round(timeMs / HOUR_MS))))
  return { last: Math.max(...times), around: around.sort() }
}

test('events of an hour are sent only when it has come', () => {
  const traffic = new AroundHours(new Random(1), NOW_MS)
  const first = traffic.comingMs / HOUR_MS
  const before = sent(traffic)
  assert.deepEqual(before.around, [first])
  assert.ok(before.last < traffic.comingMs)
  traffic.come()
  const after = sent(traffic)
  assert.deepEqual(after.around, [first, first + 1])
  assert.ok(after.last < traffic.comingMs)
  assert.equal(traffic.comingMs, (first + 1) * HOUR_MS)
  traffic.come()
  assert.ok(sent(traffic).last < first * HOUR_MS + HOUR_MS + SPAN_MS + HOUR_MS)
})
