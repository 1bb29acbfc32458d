import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MINUTE_MS } from '../ranges/zones.ts'
import { ticksOf } from './ticks.ts'

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'Asia/Kolkata',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
]
const zone = fc.constantFrom(...ZONES)
const time = fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2035, 0) })
const length = fc.integer({ min: MINUTE_MS, max: 20 * 365 * 1_440 * MINUTE_MS })

function local(timeZone: string, timeMs: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(timeMs).toZonedDateTimeISO(timeZone)
}

test('marks are at round local times, in order, within the axis, and not too many', () => {
  fc.assert(
    fc.property(zone, time, length, fc.integer({ min: 2, max: 16 }), (name, fromMs, lengthMs, countMax) => {
      const toMs = fromMs + lengthMs
      const { unit, times } = ticksOf(fromMs, toMs, countMax, name)
      assert.ok(times.length <= countMax + 1, `${times.length} of ${countMax}`)
      for (const [at, timeMs] of times.entries()) {
        assert.ok(timeMs >= fromMs && timeMs <= toMs && (at === 0 || timeMs > times[at - 1]!))
        const { second, minute, hour, day, month } = local(name, timeMs)
        assert.equal(second, 0)
        if (unit === 'hour') assert.equal(minute % 30, 0) // a clock may be put forward by half an hour
        if (unit !== 'minute' && unit !== 'hour') assert.ok(hour <= 1, `${hour} h`)
        if (unit === 'month' || unit === 'year') assert.equal(day, 1)
        if (unit === 'year') assert.equal(month, 1)
      }
    }),
  )
})

describe('marks of', () => {
  const noon = Date.UTC(2026, 10, 30, 12)
  const check = (name: string, fromMs: number, lengthMs: number, countMax: number, expected: string[]) =>
    test(name, () => {
      const { times } = ticksOf(fromMs, fromMs + lengthMs, countMax, 'Europe/Berlin')
      const texts = times.map((timeMs) => local('Europe/Berlin', timeMs).toPlainDateTime().toString())
      assert.deepEqual(
        texts.map((text) => text.slice(5, 16).replace('T', ' ')),
        expected,
      )
    })
  const minutes = (count: number) => count * MINUTE_MS
  check('an hour', noon + minutes(7), minutes(60), 3, ['11-30 13:20', '11-30 13:40', '11-30 14:00'])
  check('a day', noon, minutes(1_440), 4, [...['11-30 18:00', '12-01 00:00', '12-01 06:00', '12-01 12:00']])
  check('a day with a change of clocks', Date.UTC(2026, 9, 24, 22), minutes(1_500), 5, [
    ...['10-25 00:00', '10-25 06:00', '10-25 12:00', '10-25 18:00', '10-26 00:00'],
  ])
  check('a month', Date.UTC(2026, 10, 1), minutes(30 * 1_440), 5, [
    ...['11-02 00:00', '11-09 00:00', '11-16 00:00', '11-23 00:00', '11-30 00:00'],
  ])
  check('a year', Date.UTC(2026, 0, 10), minutes(365 * 1_440), 5, [
    ...['04-01 00:00', '07-01 00:00', '10-01 00:00', '01-01 00:00'],
  ])
})
