import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { changedHorizons, type KnownHorizons, oldestLiveMs } from './horizons.ts'

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
