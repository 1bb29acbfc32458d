import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MINUTE_MS } from './bucket.ts'
import {
  type ClosedMinutes,
  changedHorizons,
  closedWith,
  type KnownHorizons,
  oldestLiveMs,
  opensClosed,
} from './horizons.ts'

const horizonMs = fc.constantFrom(60, 100, 600, 3_600)
const changes = fc.array(fc.record({ horizonMs, afterMs: fc.nat({ max: 500 }) }), { maxLength: 8 })

function known(first: number, all: readonly { horizonMs: number; afterMs: number }[]) {
  let atMs = 10_000
  let horizons: KnownHorizons = { horizonMs: first, earlierHorizons: [] }
  const course = [{ fromMs: 0, horizonMs: first }]
  for (const one of all) {
    atMs += one.afterMs
    horizons = changedHorizons(horizons, one.horizonMs, atMs)
    course.push({ fromMs: atMs, horizonMs: one.horizonMs })
  }
  return { horizons, course, atMs }
}

test('no minute that was ever closed is opened again, and none is closed that never was', () => {
  fc.assert(
    fc.property(horizonMs, changes, fc.nat({ max: 5_000 }), (first, all, passedMs) => {
      const { horizons, course, atMs } = known(first, all)
      const nowMs = atMs + passedMs
      const closed = course.map((one, i) => Math.min(nowMs, course[i + 1]?.fromMs ?? nowMs) - one.horizonMs)
      assert.equal(oldestLiveMs(horizons, nowMs), Math.max(...closed))
    }),
    { numRuns: 2_000 },
  )
})

test('as log time goes on, nothing becomes countable that was late', () => {
  const logTime = fc.integer({ min: 9_000, max: 20_000 })
  fc.assert(
    fc.property(horizonMs, changes, logTime, fc.nat({ max: 5_000 }), (first, all, fromMs, passedMs) => {
      const { horizons } = known(first, all)
      assert.ok(oldestLiveMs(horizons, fromMs + passedMs) >= oldestLiveMs(horizons, fromMs))
    }),
  )
})

const [SHORT, LONG] = [10 * MINUTE_MS, 20 * MINUTE_MS]

test('a longer horizon opens closed minutes unless it names the shorter one and a later time', () => {
  const closed: ClosedMinutes = { toMinute: 90, horizonMs: SHORT }
  const opens = (earlier?: { horizonMs: number; untilMinute: number }) => {
    const earlierHorizons = earlier && [
      { horizonMs: earlier.horizonMs, untilMs: earlier.untilMinute * MINUTE_MS },
    ]
    return opensClosed({ horizonMs: LONG, earlierHorizons }, closed)
  }
  assert.ok(opens())
  assert.ok(!opens({ horizonMs: SHORT, untilMinute: 200 }))
  assert.ok(!opens({ horizonMs: SHORT, untilMinute: 100 }))
  assert.ok(opens({ horizonMs: SHORT, untilMinute: 99 }), 'it ended before the minutes were closed')
  assert.ok(opens({ horizonMs: SHORT + 1, untilMinute: 200 }))
  assert.ok(!opensClosed({ horizonMs: SHORT }, closed))
  assert.ok(!opensClosed({ horizonMs: LONG }, undefined))
})

test('who may start counts nothing of closed minutes that was not counted when they were closed', () => {
  const earlier = fc.option(fc.record({ horizonMs: fc.constantFrom(SHORT, SHORT + 1), untilMs: fc.nat(9e6) }))
  fc.assert(
    fc.property(
      fc.nat(100),
      fc.constantFrom(SHORT, LONG),
      earlier,
      fc.nat(9e6),
      (toMinute, own, one, after) => {
        const horizons = { horizonMs: own, earlierHorizons: one === null ? [] : [one] }
        const closed = { toMinute, horizonMs: SHORT }
        if (opensClosed(horizons, closed)) return
        const closedMs = toMinute * MINUTE_MS
        assert.ok(oldestLiveMs(horizons, closedMs + SHORT + after) >= closedMs)
      },
    ),
    { numRuns: 2_000 },
  )
})

test('what a shorter horizon closed is known until a longer one has closed it, too', () => {
  const run = fc.record({ horizonMs: fc.constantFrom(SHORT, LONG), toMinute: fc.nat(200) })
  fc.assert(
    fc.property(fc.array(run, { minLength: 1 }), (runs) => {
      let closed: ClosedMinutes | undefined
      for (const { horizonMs, toMinute } of runs) closed = closedWith(closed, toMinute, { horizonMs })
      assert.equal(closed!.toMinute, Math.max(...runs.map((one) => one.toMinute)))
      const last = runs.findLastIndex((one) => one.toMinute === closed!.toMinute)
      const since = runs.slice(last).map((one) => one.horizonMs)
      assert.equal(closed!.horizonMs, Math.min(...since))
    }),
  )
})
