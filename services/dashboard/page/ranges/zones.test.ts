import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  dateOf,
  datePlusDays,
  daysOf,
  instantOf,
  isDate,
  isZone,
  offsetText,
  plusDays,
  plusYears,
  startOfDate,
  wallOf,
  weekStart,
} from './zones.ts'

const ZONES = [...Intl.supportedValuesOf('timeZone'), 'UTC']
const zone = fc.constantFrom(...ZONES)
const time = fc.integer({ min: Date.UTC(2005, 0), max: Date.UTC(2036, 0) })
const minute = time.map((timeMs) => timeMs - (timeMs % 60_000))

function local(timeZone: string, timeMs: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(timeMs).toZonedDateTimeISO(timeZone)
}

function plain(wallMs: number): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(wallMs).toZonedDateTimeISO('UTC').toPlainDateTime()
}

test('wall time is what a clock in the zone shows', () => {
  fc.assert(
    fc.property(zone, time, (name, timeMs) => {
      assert.equal(
        plain(wallOf(name, timeMs)).toString(),
        local(name, timeMs).toPlainDateTime().toString(),
        name,
      )
    }),
  )
})

test('every wall time has its instant, also where clocks change', () => {
  fc.assert(
    fc.property(zone, minute, (name, wallMs) => {
      const expected = plain(wallMs).toZonedDateTime(name).epochMilliseconds
      assert.equal(instantOf(name, wallMs), expected, name)
    }),
  )
})

test('wall times near a clock change have their instants', () => {
  fc.assert(
    fc.property(zone, time, fc.integer({ min: -180, max: 180 }), (name, timeMs, minutes) => {
      const change = local(name, timeMs).getTimeZoneTransition('next')
      if (change === null) return
      const wallMs = wallOf(name, change.epochMilliseconds) + minutes * 60_000
      assert.equal(instantOf(name, wallMs), plain(wallMs).toZonedDateTime(name).epochMilliseconds, name)
    }),
  )
})

test('a date begins where its first instant is', () => {
  fc.assert(
    fc.property(zone, time, (name, timeMs) => {
      const date = dateOf(name, timeMs)
      assert.equal(date, local(name, timeMs).toPlainDate().toString())
      assert.equal(startOfDate(name, date), local(name, timeMs).startOfDay().epochMilliseconds, name)
    }),
  )
})

test('days and years later it is the same time of day', () => {
  fc.assert(
    fc.property(zone, minute, fc.integer({ min: -400, max: 400 }), (name, timeMs, count) => {
      const zoned = local(name, timeMs)
      assert.equal(plusDays(name, timeMs, count), zoned.add({ days: count }).epochMilliseconds, name)
      assert.equal(plusYears(name, timeMs, -1), zoned.subtract({ years: 1 }).epochMilliseconds, name)
    }),
  )
})

test('weeks begin on Monday', () => {
  fc.assert(
    fc.property(time, (wallMs) => {
      const start = plain(weekStart(wallMs))
      assert.deepEqual([start.dayOfWeek, start.hour], [1, 0])
      assert.ok(weekStart(wallMs) <= wallMs && wallMs < weekStart(wallMs) + 7 * 86_400_000)
    }),
  )
})

describe('a date', () => {
  const check = (text: string, expected: boolean) =>
    test(`"${text}"`, () => assert.equal(isDate(text), expected))
  check('2026-11-30', true)
  check('2024-02-29', true)
  check('2026-02-29', false)
  check('2026-13-01', false)
  check('1999-12-31', false)
  check('2026-1-1', false)
  check('', false)
})

describe('a zone', () => {
  const check = (text: string, expected: boolean) =>
    test(`"${text}"`, () => assert.equal(isZone(text), expected))
  check('Asia/Kolkata', true)
  check('America/Argentina/Buenos_Aires', true)
  check('UTC', true)
  check('Mars/Olympus', false)
  check('+01:00', false)
  check('', false)
})

test('dates are counted with both ends', () => {
  assert.equal(daysOf('2026-02-27', '2026-03-01'), 3)
  assert.equal(datePlusDays('2026-02-28', 1), '2026-03-01')
})

test('29 February is the 28th of other years', () => {
  const day = Date.UTC(2028, 1, 29, 12)
  assert.equal(plusYears('UTC', day, -1), Date.UTC(2027, 1, 28, 12))
})

describe('an offset', () => {
  const check = (name: string, expected: string) =>
    test(name, () => assert.equal(offsetText(name, Date.UTC(2026, 10, 30)), expected))
  check('UTC', 'UTC')
  check('Europe/Berlin', 'UTC+1')
  check('Asia/Kolkata', 'UTC+5:30')
  check('America/St_Johns', 'UTC−3:30')
})
