// Series in every zone of today, read from rollups alone, compared with the same events assigned to periods by a
// calendar, one by one: minutes have expired, and only hours with their quarters, or days, are left.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dayOf, hourOf, MINUTE_MS, MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import { quartersOf } from '../../../model/quarters.ts'
import { type Aggregate, add, EMPTY, sumOf } from '../../../model/total.ts'
import { MemoryCounts } from '../../../testing/memory-counts.ts'
import { MemoryRollups } from '../../../testing/memory-rollups.ts'
import { queryDeps } from '../../../testing/query-fixture.ts'
import type { QueryDeps } from '../deps.ts'
import { StitchedReader } from '../read/stitched-reader.ts'
import { getStats, type StatsAnswer } from '../stats.ts'
import { getSummary } from '../summary.ts'
import { GRANULARITY_MINUTES, type Granularity, type StatFunction } from './vocabulary.ts'

const SERIES = { tenant: '', videoId: 'v', type: 'view' }
const CASES = 2_000
const BEGIN = Date.UTC(2024, 0) / MINUTE_MS
const END = Date.UTC(2027, 0) / MINUTE_MS
/** After all events: everything is recounted. */
const COVERAGE = { toMinute: END + 400 * MINUTES_PER_DAY, exceptHours: [] }
const BY_DATE = ['P1D', 'P1W', 'P1M'] as const

type Event = { readonly minute: number; readonly value: number | null }

const zone = fc.oneof(
  fc.constantFrom(
    'Asia/Kolkata',
    'Asia/Kathmandu',
    'Australia/Adelaide',
    'America/St_Johns',
    'Australia/Eucla',
  ),
  fc.constantFrom('Australia/Lord_Howe', 'Pacific/Chatham', 'Pacific/Marquesas', 'Africa/Casablanca'),
  fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
)

const question = fc
  .record({
    zone,
    granularity: fc.constantFrom<Granularity>('PT15M', 'PT1H', ...BY_DATE),
    near: fc.integer({ min: BEGIN + 60 * MINUTES_PER_DAY, max: END - 400 * MINUTES_PER_DAY }),
    atChange: fc.boolean(),
    /** In quarters, because minutes have expired. */
    length: fc.double({ min: 0.5, max: 12, noNaN: true }),
    events: fc.array(
      fc.record({
        at: fc.double({ min: -0.2, max: 1.2, noNaN: true }),
        value: fc.option(fc.integer({ min: -9, max: 9 })),
      }),
      { maxLength: 30 },
    ),
  })
  .map(({ zone, near, atChange, length, events, ...asked }) => {
    const minutes = Math.ceil((length * GRANULARITY_MINUTES[asked.granularity]) / 15) * 15
    const middle = atChange ? changeAfter(near, zone) : near
    const from = Math.floor((middle - minutes / 2) / 15) * 15
    const at = events.map(({ at, value }): Event => ({ minute: from + Math.round(at * minutes), value }))
    return { ...asked, zone, from, to: from + minutes, events: at }
  })

function changeAfter(minute: number, zone: string): number {
  const change = localTime(minute, zone).getTimeZoneTransition('next')
  return change === null ? minute : Math.floor(change.epochMilliseconds / MINUTE_MS)
}

function localTime(minute: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(minute * MINUTE_MS).toZonedDateTimeISO(zone)
}

/** Counts of which only rollups are left, those of hours from a minute on. */
async function depsOf(events: readonly Event[], hoursFrom: number, legacyBefore = 0): Promise<QueryDeps> {
  const rollups = new MemoryRollups()
  const counted = events.map(({ minute, value }) => ({ minute, aggregate: aggregateOf(value) }))
  for (const [hour, own] of Map.groupBy(counted, ({ minute }) => hourOf(minute))) {
    if (hour < hoursFrom) continue
    const quarters = quartersOf(own)
    const row = { series: SERIES, start: hour, aggregate: sumOf(quarters) }
    await rollups.writeRollups('hour', 1, [hour < legacyBefore ? row : { ...row, quarters }])
  }
  for (const [day, own] of Map.groupBy(counted, ({ minute }) => dayOf(minute))) {
    const aggregate = sumOf(own.map((one) => one.aggregate))
    await rollups.writeRollups('day', 1, [{ series: SERIES, start: day, aggregate }])
  }
  const kept = () => ({ minutesFrom: END, hoursFrom })
  const coverage = () => COVERAGE
  const counts = new StitchedReader({ counts: new MemoryCounts(), rollups, coverage, kept })
  return { ...queryDeps(new MemoryCounts()), counts, coverage, kept }
}

function aggregateOf(value: number | null): Aggregate {
  if (value === null) return { ...EMPTY, count: 1 }
  return { count: 1, values: 1, sum: BigInt(value), min: value, max: value }
}

type Asked = {
  readonly zone: string
  readonly granularity: Granularity
  readonly fn: StatFunction
  readonly from: number
  readonly to: number
}

function ask(deps: QueryDeps, { zone, granularity, fn, from, to }: Asked): Promise<StatsAnswer> {
  return getStats(deps, '', {
    ...{ videoId: 'v', eventType: 'view', fn, range: { from, to } },
    series: { granularity, timeZone: zone },
  })
}

const minuteAt = (text: string) => Date.parse(text) / MINUTE_MS
const numbersOf = ({ series }: StatsAnswer) =>
  series!.map(({ value }) => Number(value?.rawJSON ?? Number.NaN))

/** What a period holds, between its start and that of the next. */
function expectedOf(
  events: readonly Event[],
  answer: StatsAnswer,
  fn: 'count' | 'sum' | 'min' | 'max',
): number[] {
  const starts = answer.series!.map(({ time }) => minuteAt(time))
  return starts.map((start, at) => {
    const from = Math.max(start, minuteAt(answer.startTime))
    const to = Math.min(starts[at + 1] ?? Number.POSITIVE_INFINITY, minuteAt(answer.endTime))
    const own = events.filter(({ minute }) => minute >= from && minute < to)
    const sum = own.map(({ value }) => aggregateOf(value)).reduce(add, EMPTY)
    if (fn === 'count') return sum.count
    if (fn === 'sum') return Number(sum.sum) / 1_000
    return sum[fn] === null ? Number.NaN : sum[fn] / 1_000
  })
}

test(`series from hours with their quarters are exact in every zone, in ${CASES} questions`, async () => {
  await fc.assert(
    fc.asyncProperty(question, async ({ events, ...asked }) => {
      const deps = await depsOf(events, BEGIN - 400 * MINUTES_PER_DAY)
      for (const fn of ['count', 'sum', 'min', 'max'] as const) {
        const answer = await ask(deps, { ...asked, fn })
        assert.deepEqual([minuteAt(answer.startTime), minuteAt(answer.endTime)], [asked.from, asked.to])
        assert.deepEqual(numbersOf(answer), expectedOf(events, answer, fn), fn)
        assert.equal(answer.meta.utcDaysBefore ?? answer.meta.utcHoursBefore, undefined)
      }
    }),
    { numRuns: CASES },
  )
})

test('every period starts at a local midnight, and no date comes twice', async () => {
  await fc.assert(
    fc.asyncProperty(question, async ({ events, ...asked }) => {
      const answer = await ask(await depsOf(events, BEGIN - 400 * MINUTES_PER_DAY), {
        ...asked,
        granularity: 'P1D',
        fn: 'count',
      })
      const dates = answer.series!.map(({ time }) =>
        localTime(minuteAt(time), asked.zone).toPlainDate().toString(),
      )
      assert.equal(new Set(dates).size, dates.length)
      for (const [at, { time }] of answer.series!.entries()) {
        const start = localTime(minuteAt(time), asked.zone)
        assert.ok(start.equals(start.startOfDay()), `${at}: ${time}`)
      }
    }),
    { numRuns: CASES / 10 },
  )
})

/** Each event is in the period of its UTC date where hours are gone, and of its local one where they are kept. */
test(`where only days are left, each event is in one period, in ${CASES / 2} questions`, async () => {
  const back = fc.double({ min: -0.1, max: 1.1, noNaN: true })
  await fc.assert(
    fc.asyncProperty(question, back, async ({ events, ...asked }, share) => {
      const granularity = BY_DATE[asked.from % BY_DATE.length]!
      const hoursFrom = dayOf(Math.round(asked.from + share * (asked.to - asked.from)))
      const answer = await ask(await depsOf(events, hoursFrom), { ...asked, granularity, fn: 'count' })
      const [from, to] = [minuteAt(answer.startTime), minuteAt(answer.endTime)]
      const inRange = events.filter(({ minute }) => minute >= from && minute < to)
      assert.equal(Number(answer.value?.rawJSON), inRange.length, 'the total is that of the range')
      const numbers = numbersOf(answer)
      assert.equal(
        numbers.reduce((sum, count) => sum + count, 0),
        inRange.length,
        'the periods add up to it',
      )
      const zone = asked.zone
      const last = answer.series!.map(({ time }) => localTime(minuteAt(time), zone).toPlainDate())
      for (const [at, count] of numbers.entries()) {
        const own = inRange.filter(({ minute }) => {
          const local = localTime(minute, minute < hoursFrom ? 'UTC' : zone).toPlainDate()
          const next = last[at + 1]
          const isAfter = at === 0 || Temporal.PlainDate.compare(local, last[at]!) >= 0
          return isAfter && (next === undefined || Temporal.PlainDate.compare(local, next) < 0)
        })
        const border = events.filter(({ minute }) => Math.abs(minute - hoursFrom) <= MINUTES_PER_DAY).length
        assert.ok(Math.abs(count - own.length) <= border, `${at}: ${count}, not ${own.length}`)
      }
    }),
    { numRuns: CASES / 2 },
  )
})

test('hours that were rolled up as a whole are taken whole, and meta says until when', async () => {
  await fc.assert(
    fc.asyncProperty(
      question,
      fc.double({ min: 0, max: 1, noNaN: true }),
      async ({ events, ...asked }, share) => {
        const granularity = BY_DATE[asked.from % BY_DATE.length]!
        const legacyBefore = hourOf(Math.round(asked.from + share * (asked.to - asked.from)))
        const deps = await depsOf(events, BEGIN - 400 * MINUTES_PER_DAY, legacyBefore)
        const answer = await ask(deps, { ...asked, granularity, fn: 'count' })
        const [from, to] = [minuteAt(answer.startTime), minuteAt(answer.endTime)]
        const inRange = events.filter(({ minute }) => minute >= from && minute < to).length
        assert.equal(Number(answer.value?.rawJSON), inRange)
        assert.equal(
          numbersOf(answer).reduce((sum, count) => sum + count, 0),
          inRange,
        )
        const { utcHoursBefore } = answer.meta
        const exact = expectedOf(events, answer, 'count')
        if (utcHoursBefore === undefined) assert.deepEqual(numbersOf(answer), exact)
        else assert.ok(minuteAt(utcHoursBefore) <= legacyBefore)
      },
    ),
    { numRuns: CASES / 2 },
  )
})

test('a total, or all types at once, is over whole hours where quarters are not known, and echoes them', async () => {
  const hour = hourOf(BEGIN + 60 * MINUTES_PER_DAY)
  const deps = await depsOf([{ minute: hour + 5, value: null }], BEGIN, hour + MINUTES_PER_HOUR)
  const range = { from: hour + 30, to: hour + 90 }
  const { value, ...total } = await getStats(deps, '', {
    ...{ videoId: 'v', eventType: 'view', fn: 'count', range, series: null },
  })
  assert.deepEqual([total.startTime, value?.rawJSON], ['2024-03-01T00:00:00Z', '1'])
  const summary = await getSummary(deps, '', { videoId: 'v', range })
  assert.deepEqual([summary.startTime, summary.endTime], ['2024-03-01T00:00:00Z', '2024-03-01T01:30:00Z'])
  assert.equal(summary.types.view!.count?.rawJSON, '1')
})

test('a quarter of an hour that was rolled up as a whole is refused, and says from when it can be had', async () => {
  const hour = hourOf(BEGIN + 60 * MINUTES_PER_DAY)
  const deps = await depsOf([{ minute: hour + 20, value: null }], BEGIN, hour + MINUTES_PER_HOUR)
  const asked = { zone: 'UTC', granularity: 'PT15M', fn: 'count', from: hour, to: hour + 120 } as const
  await assert.rejects(
    ask(deps, asked),
    ({ errors: [fault] }: { errors: { code: string; detail: string }[] }) => {
      assert.equal(fault!.code, 'resolution_expired')
      assert.match(fault!.detail, /2024-03-01T01:00:00Z or later: before, only whole hours of UTC/)
      return true
    },
  )
})
