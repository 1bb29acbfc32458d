// Slots, plan and reads against brute force: every counted minute is assigned to a period by a calendar library, one
// by one, without our own arithmetic.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { EMPTY } from '../../../model/total.ts'
import { MemoryCounts } from '../../../testing/memory-counts.ts'
import { slotsOf } from '../question/range-slots.ts'
import {
  GRANULARITIES,
  GRANULARITY_MINUTES,
  type Granularity,
  type MinuteRange,
} from '../question/vocabulary.ts'
import { readSlots } from '../read/read-slots.ts'

const CASES = 10_000
const SERIES = { tenant: '', videoId: 'v', type: 'view' }
const PERIODS_MAX = 40
const FROM = Date.UTC(1973, 0) / MINUTE_MS
const TO = Date.UTC(2040, 0) / MINUTE_MS
const DAY = 1_440

const zone = fc.oneof(
  fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Asia/Kathmandu'),
  fc.constantFrom('Australia/Lord_Howe', 'America/Havana', 'America/St_Johns', 'Pacific/Apia'),
  fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
)
const leapDays = fc.constantFrom(Date.UTC(2024, 1, 29), Date.UTC(2028, 1, 29)).map((ms) => ms / MINUTE_MS)
const newYears = fc.integer({ min: 1973, max: 2039 }).map((year) => Date.UTC(year, 0) / MINUTE_MS)
const anyTime = fc.integer({ min: FROM, max: TO })

const question = fc
  .record({
    zone,
    granularity: fc.constantFrom(...GRANULARITIES),
    anchor: fc.oneof(
      anyTime.map((minute) => ({ minute, isChange: true })),
      fc.oneof(anyTime, leapDays, newYears).map((minute) => ({ minute, isChange: false })),
    ),
    before: fc.nat(2 * DAY),
    length: fc.double({ min: 0, max: PERIODS_MAX, noNaN: true }),
    places: fc.array(fc.double({ min: -0.1, max: 1.1, noNaN: true }), { maxLength: 10 }),
  })
  .map(({ zone, granularity, anchor, before, length, places }) => {
    const near = anchor.isChange ? changeAfter(anchor.minute, zone) : anchor.minute
    const minutes = Math.ceil(length * GRANULARITY_MINUTES[granularity])
    const from = near - Math.min(before, minutes)
    const range = { from, to: from + minutes }
    return { zone, granularity, range, counted: places.map((place) => from + Math.round(place * minutes)) }
  })

/** The minute at which the clocks of a zone change next. */
function changeAfter(minute: number, zone: string): number {
  const change = localTime(minute, zone).getTimeZoneTransition('next')
  return change === null ? minute : Math.floor(change.epochMilliseconds / MINUTE_MS)
}

function localTime(minute: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(minute * MINUTE_MS).toZonedDateTimeISO(zone)
}

/** What the calendar calls the period of a minute; a clock's change begins another hour, but no other date. */
function periodName(minute: number, granularity: Granularity, zone: string): string {
  const local = localTime(minute, zone)
  switch (granularity) {
    case 'P1M':
      return `${local.year}-${local.month}`
    case 'P1W':
      return `${local.yearOfWeek}-W${local.weekOfYear}`
    case 'P1D':
      return local.toPlainDate().toString()
    default: {
      const { hour, offset } = local
      const part = Math.floor(local.minute / GRANULARITY_MINUTES[granularity])
      return `${local.toPlainDate()} ${hour} ${part} ${offset}`
    }
  }
}

function bruteForce(
  counted: readonly number[],
  { from, to }: MinuteRange,
  nameOf: (minute: number) => string,
) {
  const sums = new Map<string, number>()
  for (const minute of counted) {
    if (minute < from || minute >= to) continue
    sums.set(nameOf(minute), (sums.get(nameOf(minute)) ?? 0) + 1)
  }
  return sums
}

async function countsOf(minutes: readonly number[]): Promise<MemoryCounts> {
  const counts = new MemoryCounts()
  const byMinute = Map.groupBy(minutes, (minute) => minute)
  const rows = Array.from(byMinute, ([minute, { length }]) => ({
    bucket: { ...SERIES, minute },
    total: { ...EMPTY, count: length, upTo: 0 },
  }))
  await counts.write('s', rows)
  return counts
}

test(`every event is in its local period and in no other, in ${CASES} questions`, async () => {
  await fc.assert(
    fc.asyncProperty(question, async ({ zone, granularity, range, counted }) => {
      const slots = slotsOf(range, granularity, zone)
      const { sums } = await readSlots(await countsOf(counted), SERIES, slots)
      const nameOf = (minute: number) => periodName(minute, granularity, zone)
      const found = slots.map(({ from }, at) => [nameOf(from), sums[at]!.count] as const)
      assert.equal(new Map(found).size, slots.length, 'a period comes twice')
      assert.deepEqual(new Map(found.filter(([, count]) => count > 0)), bruteForce(counted, range, nameOf))
    }),
    { numRuns: CASES },
  )
})

test(`the sum of a range is that of its minutes, in ${CASES / 10} ranges`, async () => {
  const edge = fc.oneof(
    anyTime,
    anyTime.map((minute) => minute - (minute % 60)),
  )
  const range = fc.tuple(edge, edge).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))
  await fc.assert(
    fc.asyncProperty(range, fc.array(edge, { maxLength: 10 }), async ({ from, to }, counted) => {
      const reader = await countsOf([...counted, from - 1, from, to - 1, to])
      const { sums } = await readSlots(reader, SERIES, [{ from, to }])
      const expected = [...counted, from - 1, from, to - 1, to].filter((at) => from <= at && at < to).length
      assert.equal(sums[0]!.count, expected)
    }),
    { numRuns: CASES / 10 },
  )
})
