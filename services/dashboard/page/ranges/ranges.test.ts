import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  comparedSpan,
  datesOf,
  type Granularity,
  granularitiesFor,
  isOpen,
  lengthOf,
  PRESET_NAMES,
  type Range,
  spanOf,
} from './ranges.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from './zones.ts'

const ZONES = ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns', 'Australia/Lord_Howe']
const zone = fc.constantFrom(...ZONES)
const time = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2040, 0) })
const WEEK = datesOf('2026-10-19', '2026-10-25')!

function local(timeZone: string, timeMs: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(timeMs).toZonedDateTimeISO(timeZone)
}

function usualOf(range: Range): Granularity {
  return granularitiesFor(range, 0)[0]!
}

test('a span starts where a period of the zone does, and holds as many as its name says', () => {
  fc.assert(
    fc.property(time, zone, (nowMs, name) => {
      const minutes = spanOf('1h', 'PT1M', nowMs, name)
      assert.equal(minutes.startMs! % MINUTE_MS, 0)
      assert.equal(Math.ceil((nowMs + 1 - minutes.startMs!) / MINUTE_MS), 60)
      const hours = spanOf('24h', 'PT1H', nowMs, name)
      assert.equal(local(name, hours.startMs!).minute % 30, 0) // where clocks change by half an hour
      assert.equal(Math.ceil((nowMs + 1 - hours.startMs!) / HOUR_MS), 24)
      const days = local(name, spanOf('30d', 'P1D', nowMs, name).startMs!)
      assert.equal(days.equals(days.startOfDay()), true)
      assert.equal(days.toPlainDate().until(local(name, nowMs).toPlainDate()).days + 1, 30)
    }),
  )
})

test('dates span their days in the zone, as far as they are over', () => {
  const end = Date.parse('2026-10-26T00:00:00+01:00') // the clocks went back the day before
  const span = { startMs: Date.parse('2026-10-19T00:00:00+02:00'), endMs: end }
  assert.deepEqual(spanOf(WEEK, 'PT1H', end + DAY_MS, 'Europe/Berlin'), span)
  assert.equal(isOpen(WEEK, end, 'Europe/Berlin'), false)
  const nowMs = end - 3 * HOUR_MS
  assert.deepEqual(spanOf(WEEK, 'PT1H', nowMs, 'Europe/Berlin'), { ...span, endMs: nowMs })
  assert.equal(isOpen(WEEK, nowMs, 'Europe/Berlin'), true)
  assert.equal(lengthOf(WEEK, end, 'Europe/Berlin'), 169 * HOUR_MS)
  const early = span.startMs - DAY_MS
  assert.deepEqual(spanOf(WEEK, 'PT1H', early, 'Europe/Berlin'), { ...span, endMs: span.startMs })
})

test('the span before is the same, one length earlier', () => {
  fc.assert(
    fc.property(time, fc.constantFrom(...PRESET_NAMES), zone, (nowMs, range, name) => {
      const granularity = usualOf(range)
      const span = spanOf(range, granularity, nowMs, name)
      const before = comparedSpan('previous', range, span, granularity, name)
      if (range === 'all') return assert.equal(before, null)
      assert.ok(before!.startMs < before!.endMs && before!.startMs < span.startMs!)
      const shift = span.endMs - before!.endMs
      assert.ok(Math.abs(span.startMs! - before!.startMs - shift) <= HOUR_MS) // a day may be an hour longer
    }),
  )
})

describe('compared are', () => {
  const check = (
    name: string,
    range: Range,
    by: 'previous' | 'year',
    granularity: Granularity,
    expected: string,
  ) =>
    test(name, () => {
      const nowMs = Date.parse('2026-11-30T12:00:00Z')
      const span = spanOf(range, granularity, nowMs, 'Europe/Berlin')
      const before = comparedSpan(by, range, span, granularity, 'Europe/Berlin')
      const [from, to] = [before!.startMs, before!.endMs].map((ms) => local('Europe/Berlin', ms))
      const text = (moment?: Temporal.ZonedDateTime) => moment!.toPlainDateTime().toString().slice(0, 13)
      assert.equal(`${text(from)} ${text(to)}`, expected)
    })
  check('a week of 169 hours with the week before', WEEK, 'previous', 'PT1H', '2026-10-12T00 2026-10-19T00')
  check('dates with those of last year', WEEK, 'year', 'P1D', '2025-10-19T00 2025-10-26T00')
  check('weeks with weeks', WEEK, 'year', 'P1W', '2025-10-20T00 2025-10-27T00')
  check('a day with the same day a year ago', '24h', 'year', 'PT1H', '2025-11-29T14 2025-11-30T13')
})

test('before 2000 there is nothing to compare with', () => {
  const range = datesOf('2000-01-10', '2000-03-01')!
  const span = spanOf(range, 'P1D', Date.UTC(2026, 0), 'UTC')
  assert.equal(comparedSpan('year', range, span, 'P1D', 'UTC'), null)
})

test('all time is cut so finely that there is a course to see, and no finer', () => {
  const usual = (lengthMs: number) => granularitiesFor('all', lengthMs)[0]
  assert.equal(usual(0), 'PT1M')
  assert.equal(usual(10 * MINUTE_MS), 'PT1M')
  assert.equal(usual(HOUR_MS), 'PT1M')
  assert.equal(usual(2 * DAY_MS), 'PT1H')
  assert.equal(usual(90 * DAY_MS), 'P1D')
  assert.equal(usual(40_000 * DAY_MS), 'P1M')
  assert.deepEqual(granularitiesFor('all', 90 * DAY_MS), ['P1D', 'P1W', 'P1M'])
  assert.deepEqual(granularitiesFor('all', 2 * DAY_MS), ['PT1H', 'PT15M', 'P1D'])
})

test('no granularity makes more periods than a chart can show', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5_000 * DAY_MS }), (lengthMs) => {
      const choices = granularitiesFor(datesOf('2020-01-01', '2020-01-02')!, lengthMs)
      assert.equal(new Set(choices).size, choices.length)
      if (choices.includes('PT1M')) assert.ok(lengthMs <= 2_000 * MINUTE_MS)
      if (choices.includes('PT1H')) assert.ok(lengthMs <= 2_000 * HOUR_MS)
    }),
  )
})
