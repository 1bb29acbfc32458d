import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REALTIME_MINUTES, realtimeOf } from './realtime.ts'

const START_MS = Date.parse('2026-11-21T12:00:00Z')
const series = (...values: readonly (number | null)[]) =>
  values.map((value, minute) => ({ time: new Date(START_MS + minute * 60_000).toISOString(), value }))

test('the rate is that of the last whole minutes; the open one is shown, and not counted in', () => {
  const { total, perMinute, bars } = realtimeOf(series(100, 1, 2, 3, 4, 5, 999), START_MS + 6.5 * 60_000)
  assert.equal(total, 1_114)
  assert.equal(perMinute, 3)
  assert.deepEqual(
    bars.map(({ isOpen }) => isOpen),
    [false, false, false, false, false, false, true],
  )
})

test('it shows half an hour, empty minutes as 0', () => {
  const { bars } = realtimeOf(series(...Array(45).fill(null)), START_MS + 45 * 60_000)
  assert.equal(bars.length, REALTIME_MINUTES)
  assert.ok(bars.every(({ value, isOpen }) => value === 0 && !isOpen))
})

test('where nobody knows how far the counts go, there is no rate', () => {
  assert.equal(realtimeOf(series(1, 2), null).perMinute, null)
  assert.deepEqual(realtimeOf([], null), { total: 0, perMinute: null, bars: [] })
})
