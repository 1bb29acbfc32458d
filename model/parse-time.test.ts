import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { timeMsOf } from './parse-time.ts'

function check(value: unknown, expected: string | number | null): void {
  test(`${JSON.stringify(value)} is ${expected}`, () => {
    assert.equal(timeMsOf(value), typeof expected === 'string' ? Date.parse(expected) : expected)
  })
}

check('2026-11-21T09:04:05Z', '2026-11-21T09:04:05.000Z')
check('2026-11-21t09:04:05z', '2026-11-21T09:04:05.000Z')
check('2026-11-21T09:04:05.1Z', '2026-11-21T09:04:05.100Z')
check('2026-11-21T09:04:05.12Z', '2026-11-21T09:04:05.120Z')
check('2026-11-21T09:04:05.123999999Z', '2026-11-21T09:04:05.123Z')
check('2026-11-21T09:04:05+05:30', '2026-11-21T03:34:05.000Z')
check('2026-11-21T23:30:00.5-01:45', '2026-11-22T01:15:00.500Z')
check('2026-11-21T09:04:05-00:00', '2026-11-21T09:04:05.000Z')
check('2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z')
check('0000-03-01T00:00:00Z', '0000-03-01T00:00:00.000Z')
check('9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z')

// Leap seconds stay in the minute that they end.
check('2016-12-31T23:59:60Z', '2016-12-31T23:59:59.000Z')
check('2016-12-31T23:59:60.75Z', '2016-12-31T23:59:59.750Z')
check('2016-12-31T15:59:60-08:00', '2016-12-31T23:59:59.000Z')
check('2017-01-01T05:29:60+05:30', '2016-12-31T23:59:59.000Z')
check('2016-12-31T23:58:60Z', null)
check('2016-12-31T23:59:60+01:00', null)
check('2016-12-31T23:59:61Z', null)

check('2026-02-30T00:00:00Z', null)
check('1900-02-29T00:00:00Z', null)
check('2026-04-31T00:00:00Z', null)
check('2026-13-01T00:00:00Z', null)
check('2026-00-01T00:00:00Z', null)
check('2026-01-00T00:00:00Z', null)
check('2026-01-01T24:00:00Z', null)
check('2026-01-01T00:60:00Z', null)
check('2026-01-01T00:00:00', null)
check('2026-01-01T00:00:00.Z', null)
check('2026-01-01T00:00:00,5Z', null)
check('2026-01-01T00:00:00+24:00', null)
check('2026-01-01T00:59:00+00:59', '2026-01-01T00:00:00.000Z')
check('2026-01-01T23:59:00+23:59', '2026-01-01T00:00:00.000Z')
check('2026-01-01T00:00:00+00:60', null)
check('2026-01-01T00:00:00+0000', null)
check('2026-01-01T00:00:00+00', null)
check('2026-01-01T00:00:00Z ', null)
check('2026-01-01T00:00:00.5ZZ', null)
check('2026-01-01 00:00:00Z', null)
check('2026-01-01T00:00Z', null)
check('2026-1-1T00:00:00.000Z', null)
check('2o26-01-01T00:00:00Z', null)
check('+002026-01-01T00:00:00Z', null)
check('Sat, 21 Nov 2026 09:04:05 GMT', null)
check('1763715845000', null)
check(`2026-01-01T00:00:00.${'1'.repeat(60)}Z`, null)
check('', null)

check(1_763_715_845_000, 1_763_715_845_000)
check(-1, -1)
check(-0, 0)
check(0.5, 0)
check(-0.5, -1)
check(1_764_424_000_123.4, 1_764_424_000_123)
check(1_764_424_019_999.999, 1_764_424_019_999)
check(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
check(Number.MAX_SAFE_INTEGER + 1, null)
check(Number.NaN, null)
check(Number.POSITIVE_INFINITY, null)
check(1e300, null)
check(null, null)
check(true, null)
check({}, null)

test('every text that Date writes is read as the same time', () => {
  const range = { min: Date.parse('0000-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59.999Z') }
  fc.assert(
    fc.property(fc.integer(range), (timeMs) => {
      assert.equal(timeMsOf(new Date(timeMs).toISOString()), timeMs)
    }),
    { numRuns: 1_000 },
  )
})

test('no text is read as a time other than the one it names', () => {
  const nearly = fc.stringMatching(/^[0-3][0-9]{3}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-5][0-9]Z$/)
  fc.assert(
    fc.property(nearly, (text) => {
      const timeMs = timeMsOf(text)
      if (timeMs !== null) assert.equal(new Date(timeMs).toISOString(), text.replace('Z', '.000Z'))
    }),
    { numRuns: 1_000 },
  )
})
