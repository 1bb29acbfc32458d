import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TickUnit } from './charts/ticks.ts'
import {
  agoText,
  changeText,
  clockText,
  datesText,
  durationText,
  markText,
  periodText,
  rateText,
  shortValueText,
  showTimesIn,
  valueText,
} from './format.ts'

describe('a length of time', () => {
  const check = (seconds: number, expected: string) =>
    test(expected, () => assert.equal(durationText(seconds), expected))
  check(0, '0 s')
  check(12.54, '12.5 s')
  check(59.9, '59.9 s')
  check(60, '1 min 0 s')
  check(3_599.9, '59 min 59 s')
  check(11_520, '3 h 12 min')
  check(4_334_400, '1,204 h')
  check(-75, '-1 min 15 s')
})

describe('a change', () => {
  const check = (now: number, before: number, expected: string) =>
    test(`${before} → ${now}`, () => assert.equal(changeText(now, before), expected))
  check(0, 0, '±0')
  check(3, 0, 'new')
  check(0, 3, '-100%')
  check(5, 5, '0%')
  check(9, 8, '+12.5%')
  check(140, 10, '×14')
})

test('values are events or seconds', () => {
  assert.equal(valueText(1_234, 'count'), '1,234')
  assert.equal(valueText(90, 'sum'), '1 min 30 s')
  assert.equal(valueText(null, 'average'), '–')
  assert.equal(shortValueText(12_345, 'count'), '12.3K')
  assert.equal(shortValueText(1_250, 'count'), '1.25K')
  assert.equal(shortValueText(7_200, 'sum'), '2 h')
})

test('rates have a decimal place while they are small', () => {
  assert.equal(rateText(0.01), '<0.1')
  assert.deepEqual([0, 0.42, 9.96, 12.3, 12_345].map(rateText), ['0', '0.4', '10', '12', '12,345'])
})

test('moments that lie ahead are now', () => {
  assert.equal(agoText(10_000, 0), '0 s ago')
  assert.equal(agoText(0, 61_000), '1 min ago')
  assert.equal(agoText(0, 86_400_000), '24 h ago')
  assert.equal(agoText(0, 5 * 86_400_000), '5 d ago')
})

describe('a mark on the time axis in Kolkata', () => {
  const check = (time: string, unit: TickUnit, expected: string) =>
    test(expected, () => {
      showTimesIn('Asia/Kolkata')
      assert.match(markText(Date.parse(time), unit), new RegExp(`^${expected}$`))
    })
  check('2026-11-30T08:30:00Z', 'hour', '14:00')
  check('2026-11-29T18:30:00Z', 'hour', 'Nov 30')
  check('2026-11-29T18:30:00Z', 'day', 'Nov 30')
  check('2026-11-30T18:30:00Z', 'month', 'Dec')
  check('2025-12-31T18:30:00Z', 'month', '2026')
  check('2025-12-31T18:30:00Z', 'year', '2026')
})

test('times are those of the chosen zone', () => {
  const timeMs = Date.parse('2026-11-30T18:45:10Z')
  showTimesIn('Asia/Kolkata')
  assert.equal(clockText(timeMs), '00:15:10')
  assert.match(periodText(timeMs, 'P1D'), /Dec 1, 2026/)
  showTimesIn('UTC')
  assert.equal(clockText(timeMs), '18:45:10')
  assert.match(periodText(timeMs, 'P1W'), /^week of Nov 30, 2026$/)
})

test('dates need no zone', () => {
  showTimesIn('Pacific/Kiritimati')
  assert.match(datesText({ from: '2026-11-01', to: '2026-11-07' }), /^Nov 1\s–\s7, 2026$/)
  assert.equal(datesText({ from: '2026-11-01', to: '2026-11-01' }), 'Nov 1, 2026')
})
