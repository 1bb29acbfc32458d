import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MINUTE_MS, minuteOf } from '../../../model/bucket.ts'
import type { Granularity } from '../question/vocabulary.ts'
import { previousRange } from './previous.ts'

const check = (
  name: string,
  [granularity, zone, from, to]: readonly [Granularity | null, string, string, string],
  expected: string,
) =>
  test(name, () => {
    const range = { from: minuteOf(Date.parse(from)), to: minuteOf(Date.parse(to)) }
    const previous = previousRange(range, granularity, zone)
    assert.equal(previous.to, range.from)
    assert.equal(new Date(previous.from * MINUTE_MS).toISOString().slice(0, 16), expected)
  })

check(
  'two hours are compared with two hours, over a change of clocks too',
  ['PT1H', 'Europe/Berlin', '2026-03-29T01:00Z', '2026-03-29T03:00Z'],
  '2026-03-28T23:00',
)
check(
  'the day after a day of 23 hours is compared with the whole of it',
  ['P1D', 'Europe/Berlin', '2026-03-29T22:00Z', '2026-03-30T22:00Z'],
  '2026-03-28T23:00',
)
check(
  'a week of 169 hours is compared with the week before',
  ['P1W', 'America/New_York', '2026-10-26T04:00Z', '2026-11-02T05:00Z'],
  '2026-10-19T04:00',
)
check(
  'without a series, days are those of the zone as well',
  [null, 'Europe/Berlin', '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
  '2026-10-23T22:00',
)
check(
  'March is compared with February',
  ['P1M', 'UTC', '2028-03-01T00:00Z', '2028-04-01T00:00Z'],
  '2028-02-01T00:00',
)
check('January with December', ['P1M', 'UTC', '2027-01-01T00:00Z', '2027-02-01T00:00Z'], '2026-12-01T00:00')
check(
  'days and minutes with as many of both',
  ['P1D', 'UTC', '2026-11-20T00:00Z', '2026-11-21T12:01Z'],
  '2026-11-18T11:59',
)
check(
  'nothing is before the epoch',
  [null, 'UTC', '1970-01-02T00:00Z', '1971-01-01T00:00Z'],
  '1970-01-01T00:00',
)
check(
  'an empty range with an empty one',
  [null, 'UTC', '2026-01-02T00:00Z', '2026-01-02T00:00Z'],
  '2026-01-02T00:00',
)

test('in a zone without changes it is as many minutes, whatever is asked', () => {
  const minute = fc.integer({ min: 20_000_000, max: 40_000_000 })
  const granularity = fc.constantFrom(
    null,
    'PT1M',
    'PT15M',
    'PT1H',
    'P1D',
    'P1W',
  ) as fc.Arbitrary<Granularity>
  fc.assert(
    fc.property(minute, fc.nat(5_000_000), granularity, (from, length, granularity) => {
      const previous = previousRange({ from, to: from + length }, granularity, 'Asia/Kolkata')
      assert.deepEqual(previous, { from: from - length, to: from })
    }),
  )
})
