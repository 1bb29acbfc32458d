import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { PERIOD_MINUTES } from '../../../stores/counts/counts.ts'
import type { MinuteRange } from '../question/vocabulary.ts'
import { cover, planReads } from './plan.ts'

const DAY = PERIOD_MINUTES.day
const HOUR = PERIOD_MINUTES.hour

describe('cover', () => {
  const check = (name: string, range: readonly [number, number], expected: readonly string[]) =>
    test(name, () => {
      const parts = cover(...range).map(({ resolution, from, to }) => `${resolution} ${from}–${to}`)
      assert.deepEqual(parts, expected)
    })

  check('an empty range needs no rows', [90, 90], [])
  check('a range within an hour is minutes', [61, 119], ['minute 61–119'])
  check('a whole hour is one row', [60, 120], ['hour 60–120'])
  check('a whole day is one row', [DAY, 2 * DAY], [`day ${DAY}–${2 * DAY}`])
  check(
    'edges are hours, and their edges minutes',
    [DAY - 61, 2 * DAY + 61],
    [
      `minute ${DAY - 61}–${DAY - 60}`,
      `hour ${DAY - 60}–${DAY}`,
      `day ${DAY}–${2 * DAY}`,
      `hour ${2 * DAY}–${2 * DAY + 60}`,
      `minute ${2 * DAY + 60}–${2 * DAY + 61}`,
    ],
  )

  check('a range within an hour is quarters where they make it up', [75, 105], ['quarter 75–105'])

  test('takes no more rows than without quarters, and each minute once', () => {
    const range = fc
      .tuple(fc.nat(3 * DAY), fc.nat(3 * DAY))
      .map(([from, length]) => [from, from + length] as const)
    fc.assert(
      fc.property(range, ([from, to]) => {
        const parts = cover(from, to)
        assert.deepEqual(minutesOf(parts), minutesOf([{ from, to }]))
        const rows = parts.reduce(
          (sum, part) => sum + (part.to - part.from) / PERIOD_MINUTES[part.resolution],
          0,
        )
        assert.ok(rows <= fewestRows(from, to))
      }),
      { numRuns: 50 },
    )
  })
})

describe('planReads', () => {
  const edges = (...minutes: number[]): MinuteRange[] =>
    minutes.slice(1).map((to, at) => ({ from: minutes[at]!, to }))
  const daily = (shift: number, days: number) =>
    edges(...Array.from({ length: days + 1 }, (_, day) => day * DAY + shift))

  const check = (name: string, slots: readonly MinuteRange[], reads: Record<string, number>) =>
    test(name, () => {
      const resolutions = Object.groupBy(planReads(slots), ({ range }) => range.resolution)
      const counts = Object.entries(resolutions).map(([resolution, same]) => [resolution, same.length])
      assert.deepEqual(Object.fromEntries(counts), reads)
    })

  check('reads days that are UTC days in one call', daily(0, 365), { day: 1 })
  check('reads days of a whole-hour zone as hours, a call a month', daily(5 * HOUR, 365), { hour: 13 })
  check('reads days of a half-hour zone as quarters of hours, a call a month', daily(330, 365), {
    quarter: 13,
  })
  check('reads weeks of a half-hour zone as days, and quarters at their edges', edges(330, 7 * DAY + 330), {
    day: 1,
    quarter: 2,
  })
  check('reads hours of a half-hour zone as quarters in one call', edges(30, 90, 150, 210), { quarter: 1 })
  check('reads a long range without cuts in five calls', edges(DAY - 97, 400 * DAY + 97), {
    day: 1,
    hour: 2,
    minute: 2,
  })
  check('reads one that is cut at quarters in three', edges(DAY - 90, 400 * DAY + 90), { day: 1, quarter: 2 })
  const sevenPast = Array.from({ length: 501 }, (_, hour) => 7 + hour * HOUR)
  check('reads minutes in a call a day', edges(...sevenPast), { minute: 21 })

  test('covers every slot exactly, and no row reaches over an edge', () => {
    const slots = fc
      .uniqueArray(
        fc.oneof(
          fc.nat(4 * DAY),
          fc.nat(96).map((hour) => hour * HOUR),
          fc.nat(4).map((day) => day * DAY),
        ),
        { minLength: 2, maxLength: 12 },
      )
      .map((minutes) => edges(...minutes.sort((a, b) => a - b)))
    fc.assert(
      fc.property(slots, (slots) => {
        const reads = planReads(slots)
        const rows = reads.flatMap(({ range, parts }) =>
          rowsOf(range.from, range.to, PERIOD_MINUTES[range.resolution]).filter((row) =>
            parts.some((part) => part.from <= row.from && row.from < part.to),
          ),
        )
        assert.deepEqual(minutesOf(rows), minutesOf(slots))
        for (const row of rows) {
          assert.ok(slots.some((slot) => slot.from <= row.from && row.to <= slot.to))
        }
      }),
    )
  })

  test('asks for a range that slides in the calls of before, but for its edges', () => {
    const asked = (days: number, shift: number) =>
      new Set(planReads(daily(shift, days)).map(({ range }) => JSON.stringify(range)))
    const before = asked(365, 5 * HOUR)
    const after = asked(365, 5 * HOUR + 61 * DAY)
    assert.equal(after.intersection(before).size, 9, 'ten months in both, the first of which was cut')
  })

  test('no call asks for more rows than the bound', () => {
    const slots = [
      [{ from: 17, to: 40_000 * DAY + 17 }],
      daily(5 * HOUR, 400),
      edges(...Array.from({ length: 9_000 }, (_, minute) => minute)),
    ]
    for (const { range } of slots.flatMap(planReads)) {
      assert.ok((range.to - range.from) / PERIOD_MINUTES[range.resolution] <= 10_000)
    }
  })
})

/** In order, so that a minute covered twice shows. */
function minutesOf(ranges: readonly MinuteRange[]): number[] {
  return ranges
    .flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at))
    .sort((a, b) => a - b)
}

function rowsOf(from: number, to: number, length: number): MinuteRange[] {
  return Array.from({ length: (to - from) / length }, (_, at) => ({
    from: from + at * length,
    to: from + (at + 1) * length,
  }))
}

/** By trying, at every minute, each day, hour or minute that starts there. */
function fewestRows(from: number, to: number): number {
  const rows = new Array<number>(to - from + 1).fill(Number.POSITIVE_INFINITY)
  rows[to - from] = 0
  for (let minute = to - 1; minute >= from; minute--) {
    for (const length of [DAY, HOUR, 1]) {
      if (minute % length !== 0 || minute + length > to) continue
      rows[minute - from] = Math.min(rows[minute - from]!, 1 + rows[minute + length - from]!)
    }
  }
  return rows[0]!
}
