import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import fc from 'fast-check'
import { DAY_MS, dayOf, hourOf, MINUTE_MS, MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import { expiredAt, type Kept, keptAt, keptUnlessCovered } from '../../../model/retention.ts'
import { serve, VIEWS } from '../../../testing/query-fixture.ts'
import { slotsOf } from '../question/range-slots.ts'
import { GRANULARITIES, type MinuteRange } from '../question/vocabulary.ts'
import { planReads } from './plan.ts'
import { finenessFault, widened } from './retention.ts'

/** 2026-11-01T00:00Z. */
const BEGIN = 29_692_800
const DAYS = 8
const END = BEGIN + DAYS * MINUTES_PER_DAY
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'America/New_York',
  'Australia/Lord_Howe',
]

const minute = fc.integer({ min: BEGIN, max: END })
const range = fc
  .tuple(minute, minute)
  .map(([a, b]): MinuteRange => ({ from: Math.min(a, b), to: Math.max(a, b) }))
const kept = fc.tuple(fc.nat(DAYS), fc.nat(DAYS * 24)).map(([days, hours]): Kept => {
  const hoursFrom = BEGIN + days * MINUTES_PER_DAY
  return { hoursFrom, minutesFrom: Math.max(hoursFrom, BEGIN + hours * MINUTES_PER_HOUR) }
})

/** Whether the stored periods suffice to read the slots exactly. */
function canBeRead(slots: readonly MinuteRange[], { minutesFrom, hoursFrom }: Kept): boolean {
  return planReads(slots)
    .flatMap(({ parts }) => parts)
    .every(({ resolution, from }) => {
      if (resolution === 'minute') return from >= minutesFrom
      return resolution === 'day' || from >= hoursFrom
    })
}

describe('widened', () => {
  it('gives the least range that can be read from what is kept', () => {
    fc.assert(
      fc.property(range, kept, (asked, kept) => {
        const used = widened(asked, kept)
        assert.ok(used.from <= asked.from && used.to >= asked.to)
        assert.ok(canBeRead([used], kept))
        assert.deepEqual(widened(used, kept), used)
        const narrower = [
          { from: Math.min(asked.from, used.from + 1), to: used.to },
          { from: used.from, to: Math.max(asked.to, used.to - 1) },
        ].filter(({ from, to }) => from !== used.from || to !== used.to)
        for (const one of narrower) assert.ok(!canBeRead([one], kept))
      }),
      { numRuns: 500 },
    )
  })

  const HOUR = BEGIN + 26 * MINUTES_PER_HOUR
  const KEPT = { minutesFrom: HOUR, hoursFrom: BEGIN + MINUTES_PER_DAY }
  const check = (name: string, asked: readonly [number, number], used: readonly [number, number]) =>
    test(name, () => {
      assert.deepEqual(widened({ from: asked[0], to: asked[1] }, KEPT), { from: used[0], to: used[1] })
    })
  check('minutes stay minutes where they are kept', [HOUR + 7, HOUR + 8], [HOUR + 7, HOUR + 8])
  check('a minute of an hour is the quarter', [HOUR - 7, HOUR - 6], [HOUR - 15, HOUR])
  test('a minute of an hour without quarters is the hour', () => {
    const used = widened({ from: HOUR - 7, to: HOUR - 6 }, { ...KEPT, quartersFrom: HOUR })
    assert.deepEqual(used, { from: HOUR - 60, to: HOUR })
  })
  check('a minute of a day is the day', [BEGIN + 7, BEGIN + 8], [BEGIN, BEGIN + MINUTES_PER_DAY])
  check('each end is widened by itself', [BEGIN + 7, HOUR + 7], [BEGIN, HOUR + 7])
  check('an empty range stays empty', [BEGIN + 7, BEGIN + 7], [BEGIN + 7, BEGIN + 7])
})

describe('finenessFault', () => {
  it('refuses exactly the series that what is kept cannot give, in every zone', () => {
    const series = fc.record({
      granularity: fc.constantFrom(...GRANULARITIES),
      timeZone: fc.constantFrom(...ZONES),
    })
    fc.assert(
      fc.property(range, series, kept, (asked, series, kept) => {
        const slots = slotsOf(widened(asked, kept), series.granularity, series.timeZone)
        assert.equal(finenessFault(slots, series, kept) === null, canBeRead(slots, kept))
      }),
      { numRuns: 500 },
    )
  })

  it('names a time from which on the series can be asked for', () => {
    fc.assert(
      fc.property(range, fc.constantFrom(...GRANULARITIES), fc.constantFrom(...ZONES), kept, (...given) => {
        const [asked, granularity, timeZone, kept] = given
        const series = { granularity, timeZone }
        const slotsFrom = (from: number) =>
          slotsOf(widened({ from, to: Math.max(asked.to, from) }, kept), granularity, timeZone)
        const fault = finenessFault(slotsFrom(asked.from), series, kept)
        if (fault === null) return
        const [, oldest] = /startTime must be (\S+) or later/.exec(fault.detail)!
        const from = Date.parse(oldest!) / MINUTE_MS
        assert.ok(from > asked.from)
        assert.equal(finenessFault(slotsFrom(from), series, kept), null)
      }),
      { numRuns: 500 },
    )
  })
})

describe('what is kept', () => {
  const retention = { minutesMs: 3 * DAY_MS, hoursMs: 7 * DAY_MS }

  it('is not removed for some time, and is all that is younger but for less than an hour, or a day', () => {
    fc.assert(
      fc.property(fc.nat(30 * DAY_MS), (ms) => {
        const nowMs = BEGIN * MINUTE_MS + ms
        const { minutesFrom, hoursFrom } = keptAt(nowMs, retention)
        assert.deepEqual([hourOf(minutesFrom), dayOf(hoursFrom)], [minutesFrom, hoursFrom])
        assert.ok(hoursFrom <= minutesFrom)
        const soon = expiredAt(nowMs + 10 * MINUTE_MS, retention)
        assert.ok(soon.minutesFrom <= minutesFrom && soon.hoursFrom <= hoursFrom)
        assert.ok(minutesFrom * MINUTE_MS <= nowMs - retention.minutesMs + 70 * MINUTE_MS)
        assert.ok(hoursFrom * MINUTE_MS <= nowMs - retention.hoursMs + DAY_MS + 10 * MINUTE_MS)
      }),
    )
  })

  it('is everything that is not recounted, where only that is removed', () => {
    const kept = { minutesFrom: BEGIN + 600, hoursFrom: BEGIN }
    assert.deepEqual(keptUnlessCovered(kept, { toMinute: END, exceptHours: [] }), kept)
    const early = keptUnlessCovered(kept, { toMinute: BEGIN - 30, exceptHours: [] })
    assert.deepEqual(early, { minutesFrom: BEGIN - 60, hoursFrom: BEGIN - MINUTES_PER_DAY })
    const { minutesFrom } = keptUnlessCovered(kept, null)
    assert.equal(minutesFrom, Number.NEGATIVE_INFINITY)
  })
})

describe('an answer about what is no longer kept', () => {
  const day = (text: string) => Date.parse(`2026-11-${text}Z`) / MINUTE_MS
  const kept = () => ({ minutesFrom: day('21T09:00'), hoursFrom: day('20T00:00') })
  const counted = ['19T23:59', '20T05:30', '21T08:01', '21T08:59', '21T09:30'].map((time) => {
    return { time: `2026-11-${time}Z`, values: [null] }
  })

  test('is about whole quarters of hours, and says so', async () => {
    const { json } = await serve(counted, { kept })
    const range = 'startTime=2026-11-21T08:50:00Z&endTime=2026-11-21T09:30:00Z'
    const { startTime, endTime, value } = await json(`${VIEWS}=count&${range}`)
    assert.deepEqual([startTime, endTime, value], ['2026-11-21T08:45:00Z', '2026-11-21T09:30:00Z', 1])
  })

  test('is about whole days further back, of all types too', async () => {
    const { json } = await serve(counted, { kept })
    const answer = await json(
      '/v1/videos/v/summary?startTime=2026-11-19T12:00:00Z&endTime=2026-11-19T12:01:00Z',
    )
    assert.deepEqual([answer.startTime, answer.endTime], ['2026-11-19T00:00:00Z', '2026-11-20T00:00:00Z'])
    assert.equal(answer.types.view.count, 1)
  })

  const check = (name: string, query: string, oldest: string) =>
    test(name, async () => {
      const { get } = await serve(counted, { kept })
      const response = await get(`${VIEWS}=count&${query}`)
      assert.equal(response.statusCode, 400)
      const [fault] = response.json().errors
      assert.deepEqual([fault.parameter, fault.code], ['startTime', 'resolution_expired'])
      assert.match(fault.detail, new RegExp(`must be ${oldest} or later`))
    })
  const MINUTES = '2026-11-21T09:00:00Z'
  check('by minutes is refused', 'granularity=PT1M&startTime=2026-11-21T08:00:00Z', MINUTES)
  check('by minutes from the beginning is refused', 'granularity=PT1M', MINUTES)
  check(
    'by hours is refused further back',
    'granularity=PT1H&startTime=2026-11-19T08:00:00Z',
    '2026-11-20T00:00:00Z',
  )
})

describe('a series by the local calendar', () => {
  const day = (text: string) => Date.parse(`2026-11-${text}Z`) / MINUTE_MS
  const kept = () => ({ minutesFrom: day('21T09:00'), hoursFrom: day('20T00:00') })
  const check = (name: string, query: string, times: readonly string[], expected: object) =>
    test(name, async () => {
      const counted = times.map((time) => ({ time: `2026-11-${time}Z`, values: [null] }))
      const answer = await (await serve(counted, { kept })).json(`${VIEWS}=count&${query}`)
      const series = answer.series.map((point: { time: string; value: number }) => [point.time, point.value])
      const { startTime, endTime, value, meta } = answer
      const { utcDaysBefore } = meta
      assert.deepEqual(
        { startTime, endTime, value, series, utcDaysBefore },
        { utcDaysBefore: undefined, ...expected },
      )
      const sum = series.reduce((all: number, [, count]: [string, number]) => all + count, 0)
      assert.equal(sum, value)
    })

  const INDIA = 'granularity=P1D&timeZone=Asia/Kolkata'
  check(
    'is exact in a half-hour zone where only hours are left',
    `${INDIA}&startTime=2026-11-21T00:00:00%2B05:30&endTime=2026-11-22T00:00:00%2B05:30`,
    ['20T18:29', '20T18:30', '21T08:44', '21T18:29', '21T18:30'],
    {
      startTime: '2026-11-20T18:30:00Z',
      endTime: '2026-11-21T18:30:00Z',
      value: 3,
      series: [['2026-11-21T00:00:00+05:30', 3]],
    },
  )
  check(
    'is made of UTC days of the same dates further back, and says until when',
    `${INDIA}&startTime=2026-11-18T00:00:00%2B05:30`,
    ['17T23:59', '18T00:00', '18T23:59', '19T18:30', '20T18:29', '20T18:30'],
    {
      startTime: '2026-11-18T00:00:00Z',
      endTime: '2026-11-21T12:01:00Z',
      value: 5,
      series: [
        ['2026-11-18T00:00:00+05:30', 2],
        ['2026-11-19T00:00:00+05:30', 1],
        ['2026-11-20T00:00:00+05:30', 1],
        ['2026-11-21T00:00:00+05:30', 1],
      ],
      utcDaysBefore: '2026-11-20T00:00:00Z',
    },
  )
  check(
    'is so west of Greenwich, too',
    'granularity=P1D&timeZone=America/New_York&startTime=2026-11-18T00:00:00-05:00',
    ['17T23:59', '18T00:00', '18T23:59', '19T00:00', '20T04:59', '20T05:00'],
    {
      startTime: '2026-11-18T00:00:00Z',
      endTime: '2026-11-21T12:01:00Z',
      value: 5,
      series: [
        ['2026-11-18T00:00:00-05:00', 2],
        ['2026-11-19T00:00:00-05:00', 2],
        ['2026-11-20T00:00:00-05:00', 1],
        ['2026-11-21T00:00:00-05:00', 0],
      ],
      utcDaysBefore: '2026-11-20T00:00:00Z',
    },
  )
  check(
    'says nothing where nothing was counted so long ago',
    `${INDIA}&startTime=2026-11-18T00:00:00%2B05:30&endTime=2026-11-19T00:00:00%2B05:30`,
    ['21T08:00'],
    {
      startTime: '2026-11-17T18:30:00Z',
      endTime: '2026-11-18T18:30:00Z',
      value: 0,
      series: [['2026-11-18T00:00:00+05:30', 0]],
    },
  )
  check(
    'is exact for ever by UTC',
    'granularity=P1W&startTime=2026-11-16T00:00:00Z&endTime=2026-11-20T00:00:00Z',
    ['16T00:00', '19T23:59', '20T00:00'],
    {
      startTime: '2026-11-16T00:00:00Z',
      endTime: '2026-11-20T00:00:00Z',
      value: 2,
      series: [['2026-11-16T00:00:00Z', 2]],
    },
  )
})
