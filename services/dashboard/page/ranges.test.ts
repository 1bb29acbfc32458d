import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  DAY_MS,
  granularitiesFor,
  HOUR_MS,
  MINUTE_MS,
  PRESETS,
  previousSpan,
  RANGES,
  spanOf,
} from './ranges.ts'

const time = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2040, 0) })

test('a span starts where a period does, and holds as many as its name says', () => {
  fc.assert(
    fc.property(time, (nowMs) => {
      const minutes = spanOf('1h', 'PT1M', nowMs)
      assert.equal(minutes.startMs! % MINUTE_MS, 0)
      assert.equal(Math.ceil((nowMs + 1 - minutes.startMs!) / MINUTE_MS), 60)
      const hours = spanOf('24h', 'PT1H', nowMs)
      assert.equal(new Date(hours.startMs!).getMinutes(), 0)
      assert.equal(Math.ceil((nowMs + 1 - hours.startMs!) / HOUR_MS), 24)
      const days = new Date(spanOf('30d', 'P1D', nowMs).startMs!)
      assert.deepEqual([days.getHours(), days.getMinutes()], [0, 0])
      const count = Math.round((new Date(nowMs).setHours(0, 0, 0, 0) - days.getTime()) / DAY_MS) + 1
      assert.equal(count, 30)
    }),
  )
})

test('the span before ends where this one would have, one length earlier', () => {
  fc.assert(
    fc.property(time, fc.constantFrom(...RANGES), (nowMs, range) => {
      const span = spanOf(range, PRESETS[range].granularities[0]!, nowMs)
      const before = previousSpan(range, span)
      if (range === 'all') return assert.equal(before, null)
      assert.ok(before!.startMs < before!.endMs && before!.startMs < span.startMs!)
      const shift = span.endMs - before!.endMs
      assert.ok(Math.abs(span.startMs! - before!.startMs - shift) <= HOUR_MS) // a day may be an hour longer
    }),
  )
})

test('all time is cut so finely that there is a course to see, and no finer', () => {
  const usual = (lengthMs: number) => granularitiesFor('all', lengthMs)[0]
  assert.equal(usual(10 * MINUTE_MS), 'PT1M')
  assert.equal(usual(HOUR_MS), 'PT1M')
  assert.equal(usual(2 * DAY_MS), 'PT1H')
  assert.equal(usual(90 * DAY_MS), 'P1D')
  assert.equal(usual(40_000 * DAY_MS), 'P1D')
  assert.deepEqual(granularitiesFor('all', 90 * DAY_MS), ['P1D'])
  assert.deepEqual(granularitiesFor('all', 2 * DAY_MS), ['PT1H', 'P1D'])
})
