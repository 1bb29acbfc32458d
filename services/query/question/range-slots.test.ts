import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { localMinuteText } from '../../../lib/time-text.ts'
import { MINUTE_MS, minuteOf } from '../../../model/bucket.ts'
import { type Slot, slotsOf } from './range-slots.ts'
import { GRANULARITIES, GRANULARITY_MINUTES, type Granularity } from './vocabulary.ts'

const at = (time: string) => minuteOf(Temporal.Instant.from(time).epochMilliseconds)
const slots = (granularity: Granularity, timeZone: string, start: string, end: string) =>
  slotsOf({ from: at(start), to: at(end) }, granularity, timeZone)
const shown = ({ from, to, start, offsetMinutes }: Slot) =>
  `${localMinuteText(start, offsetMinutes)} ${to - from}`

/** Each slot as its period's start and its length in minutes. */
const check = (
  name: string,
  asked: readonly [Granularity, zone: string, start: string, end: string],
  expected: readonly string[],
) => test(name, () => assert.deepEqual(slots(...asked).map(shown), expected))

describe('days', () => {
  check(
    'of UTC are cut to the range and keep their start',
    ['P1D', 'UTC', '2026-11-20T22:00Z', '2026-11-22T01:30Z'],
    ['2026-11-20T00:00:00Z 120', '2026-11-21T00:00:00Z 1440', '2026-11-22T00:00:00Z 90'],
  )
  check(
    'follow the local clock, half hours too',
    ['P1D', 'Asia/Kolkata', '2026-11-20T18:30Z', '2026-11-22T00:00Z'],
    ['2026-11-21T00:00:00+05:30 1440', '2026-11-22T00:00:00+05:30 330'],
  )
  check(
    'and quarters',
    ['P1D', 'Asia/Kathmandu', '2026-11-20T18:15Z', '2026-11-21T18:15Z'],
    ['2026-11-21T00:00:00+05:45 1440'],
  )
  check(
    'have 23 hours when the clock is set forward',
    ['P1D', 'Europe/Berlin', '2026-03-28T23:00Z', '2026-03-30T22:00Z'],
    ['2026-03-29T00:00:00+01:00 1380', '2026-03-30T00:00:00+02:00 1440'],
  )
  check(
    'have 25 hours when it is set back',
    ['P1D', 'America/New_York', '2026-11-01T04:00Z', '2026-11-03T05:00Z'],
    ['2026-11-01T00:00:00-04:00 1500', '2026-11-02T00:00:00-05:00 1440'],
  )
  check(
    'start at 01:00 where midnight is skipped',
    ['P1D', 'America/Sao_Paulo', '2018-11-03T03:00Z', '2018-11-05T02:00Z'],
    ['2018-11-03T00:00:00-03:00 1440', '2018-11-04T01:00:00-02:00 1380'],
  )
  check(
    'start once where midnight comes twice',
    ['P1D', 'America/Havana', '2026-11-01T04:00Z', '2026-11-02T05:00Z'],
    ['2026-11-01T00:00:00-04:00 1500'],
  )
  check(
    'start once where the clock steps back over midnight',
    ['P1D', 'America/St_Johns', '2010-11-06T02:30Z', '2010-11-08T03:30Z'],
    ['2010-11-06T00:00:00-02:30 1440', '2010-11-07T00:00:00-02:30 1500'],
  )
  check(
    'that a zone skipped are left out',
    ['P1D', 'Pacific/Apia', '2011-12-29T10:00Z', '2011-12-31T10:00Z'],
    ['2011-12-29T00:00:00-10:00 1440', '2011-12-31T00:00:00+14:00 1440'],
  )
  check(
    'include a leap day',
    ['P1D', 'UTC', '2028-02-28T00:00Z', '2028-03-02T00:00Z'],
    ['2028-02-28T00:00:00Z 1440', '2028-02-29T00:00:00Z 1440', '2028-03-01T00:00:00Z 1440'],
  )
  check(
    'go over the end of a year',
    ['P1D', 'Pacific/Auckland', '2026-12-30T11:00Z', '2027-01-01T11:00Z'],
    ['2026-12-31T00:00:00+13:00 1440', '2027-01-01T00:00:00+13:00 1440'],
  )
})

describe('hours', () => {
  check(
    'of a half-hour zone start at its whole hours',
    ['PT1H', 'Asia/Kolkata', '2026-11-21T08:00Z', '2026-11-21T10:00Z'],
    ['2026-11-21T13:00:00+05:30 30', '2026-11-21T14:00:00+05:30 60', '2026-11-21T15:00:00+05:30 30'],
  )
  check(
    'skip the one that the clock skips',
    ['PT1H', 'Europe/Berlin', '2026-03-29T00:00Z', '2026-03-29T02:00Z'],
    ['2026-03-29T01:00:00+01:00 60', '2026-03-29T03:00:00+02:00 60'],
  )
  check(
    'show twice the one that comes twice',
    ['PT1H', 'Europe/Berlin', '2026-10-25T00:00Z', '2026-10-25T02:00Z'],
    ['2026-10-25T02:00:00+02:00 60', '2026-10-25T02:00:00+01:00 60'],
  )
  check(
    'are cut where the clock moves by half an hour',
    ['PT1H', 'Australia/Lord_Howe', '2026-10-03T14:30Z', '2026-10-03T17:00Z'],
    ['2026-10-04T01:00:00+10:30 60', '2026-10-04T02:30:00+11:00 30', '2026-10-04T03:00:00+11:00 60'],
  )
})

describe('quarters', () => {
  check(
    'of a zone that is three quarters off are those of its clock',
    ['PT15M', 'Asia/Kathmandu', '2026-11-21T08:10Z', '2026-11-21T08:31Z'],
    ['2026-11-21T13:45:00+05:45 5', '2026-11-21T14:00:00+05:45 15', '2026-11-21T14:15:00+05:45 1'],
  )
  check(
    'go through the hour that comes twice',
    ['PT15M', 'Europe/Berlin', '2026-10-25T00:45Z', '2026-10-25T01:15Z'],
    ['2026-10-25T02:45:00+02:00 15', '2026-10-25T02:00:00+01:00 15'],
  )
})

describe('weeks', () => {
  check(
    'start on Monday and may begin in the year before',
    ['P1W', 'UTC', '2026-12-31T00:00Z', '2027-01-05T00:00Z'],
    ['2026-12-28T00:00:00Z 5760', '2027-01-04T00:00:00Z 1440'],
  )
  check(
    'have 167 hours when the clock is set forward',
    ['P1W', 'Europe/Berlin', '2026-03-22T23:00Z', '2026-03-29T22:00Z'],
    ['2026-03-23T00:00:00+01:00 10020'],
  )
  check(
    'have 169 when it is set back',
    ['P1W', 'Europe/Berlin', '2026-10-18T22:00Z', '2026-10-25T23:00Z'],
    ['2026-10-19T00:00:00+02:00 10140'],
  )
})

describe('months', () => {
  check(
    'have as many days as they have',
    ['P1M', 'UTC', '2028-01-31T00:00Z', '2028-03-01T00:01Z'],
    ['2028-01-01T00:00:00Z 1440', `2028-02-01T00:00:00Z ${29 * 1440}`, '2028-03-01T00:00:00Z 1'],
  )
  check(
    'go over the end of a year, by the local clock',
    ['P1M', 'Asia/Kolkata', '2026-11-30T18:30Z', '2027-01-31T18:30Z'],
    [`2026-12-01T00:00:00+05:30 ${31 * 1440}`, `2027-01-01T00:00:00+05:30 ${31 * 1440}`],
  )
  check(
    'have an hour less when the clock is set forward',
    ['P1M', 'America/New_York', '2026-03-01T05:00Z', '2026-04-01T04:00Z'],
    [`2026-03-01T00:00:00-05:00 ${31 * 1440 - 60}`],
  )
  check(
    'start once where the clock steps back over their first midnight',
    ['P1M', 'America/Havana', '2026-11-01T03:59Z', '2026-11-02T05:00Z'],
    ['2026-10-01T00:00:00-04:00 1', '2026-11-01T00:00:00-04:00 1500'],
  )
})

describe('minutes', () => {
  check(
    'carry the offset of their zone',
    ['PT1M', 'Asia/Kolkata', '2026-11-21T08:00Z', '2026-11-21T08:02Z'],
    ['2026-11-21T13:30:00+05:30 1', '2026-11-21T13:31:00+05:30 1'],
  )
})

test('an empty range has no slots', () => {
  assert.deepEqual(slots('PT1H', 'UTC', '2026-11-21T08:00Z', '2026-11-21T08:00Z'), [])
})

const zones = fc.constantFrom('UTC', ...Intl.supportedValuesOf('timeZone'))
const granularities = fc.constantFrom(...GRANULARITIES)
const starts = fc.integer({ min: at('1973-01-01T00:00Z'), max: at('2040-01-01T00:00Z') })

test('slots make up the range without gap or overlap, in any zone', () => {
  fc.assert(
    fc.property(granularities, zones, starts, fc.nat(400), (granularity, zone, from, periods) => {
      const to = from + periods * GRANULARITY_MINUTES[granularity] + 1
      const found = slotsOf({ from, to }, granularity, zone)
      assert.equal(found[0]!.from, from)
      assert.equal(found.at(-1)!.to, to)
      const ends = found.map((slot) => slot.to)
      assert.deepEqual(
        found.slice(1).map((slot) => slot.from),
        ends.slice(0, -1),
      )
    }),
  )
})

test('a day is what the calendar says it is, in any zone', () => {
  fc.assert(
    fc.property(zones, starts, (zone, from) => {
      const [slot] = slotsOf({ from, to: from + 1 }, 'P1D', zone)
      const local = Temporal.Instant.fromEpochMilliseconds(from * MINUTE_MS).toZonedDateTimeISO(zone)
      assert.equal(slot!.start * MINUTE_MS, local.startOfDay().epochMilliseconds)
      assert.equal(slot!.offsetMinutes * 60e9, local.startOfDay().offsetNanoseconds)
    }),
    { numRuns: 500 },
  )
})
