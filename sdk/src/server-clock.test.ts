import assert from 'node:assert/strict'
import { test } from 'node:test'
import { offsetMsOf } from './server-clock.ts'

const NOON_MS = Date.parse('2026-11-21T12:00:00Z')

function check(serverMs: number, roundTripMs: number, expected: number | null) {
  const date = new Date(serverMs).toUTCString()
  assert.equal(offsetMsOf(Date.parse(date), NOON_MS, roundTripMs), expected, `${date}, ${roundTripMs} ms`)
}

test('the date was written half-way, and half a second after it began on average', () => {
  check(NOON_MS + 3_600_000, 0, 3_600_500)
  check(NOON_MS + 3_600_000, 1_000, 3_600_000)
  check(NOON_MS - 3_600_000, 400, -3_599_700)
})

test('a difference of up to 30 s is none', () => {
  check(NOON_MS, 0, 0)
  check(NOON_MS + 29_000, 0, 0)
  check(NOON_MS + 30_000, 0, 30_500)
  check(NOON_MS + 30_000, 1_000, 0)
  check(NOON_MS - 30_000, 0, 0)
  check(NOON_MS - 31_000, 0, -30_500)
})

test('a slow exchange, or one without a date, tells nothing', () => {
  check(NOON_MS + 3_600_000, 2_000, null)
  check(NOON_MS + 3_600_000, 1_999, 3_599_501)
  assert.equal(offsetMsOf(Number.NaN, NOON_MS, 1), null)
})
