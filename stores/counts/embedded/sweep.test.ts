import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { dayOf, hourOf, MINUTE_MS, MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import type { CountRetention } from '../../../model/retention.ts'
import { type Aggregate, add, EMPTY } from '../../../model/total.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { BATCH_SOURCE, type CountRow, type Resolution } from '../counts.ts'
import { DAY, VIEWS } from '../counts-contract.ts'
import { auditOf } from '../rollups-contract.ts'
import { type EmbeddedStores, openEmbeddedStores } from './embedded-stores.ts'

const SERIES = [VIEWS, { ...VIEWS, type: 'views' }, { ...VIEWS, videoId: 'ü' }]
const RETENTION = { minutesMs: MINUTES_PER_DAY * MINUTE_MS, hoursMs: 3 * MINUTES_PER_DAY * MINUTE_MS }
const DAYS = 5
const END = DAY + DAYS * MINUTES_PER_DAY
const ALL = { from: DAY, to: END }
const HOURS = Array.from({ length: DAYS * 24 }, (_, i) => DAY + i * MINUTES_PER_HOUR)
const STARTS: Record<Resolution, (minute: number) => number> = {
  minute: (minute) => minute,
  quarter: (minute) => Math.floor(minute / 15) * 15,
  hour: hourOf,
  day: dayOf,
}

async function withStores(use: (stores: EmbeddedStores) => Promise<void>): Promise<void> {
  await using directory = await temporaryDirectory()
  const stores = await openEmbeddedStores({ directory: directory.path })
  await use(stores)
  await stores.close()
}

const row = fc.record({
  source: fc.constantFrom('a-0', 'b-0', BATCH_SOURCE),
  series: fc.constantFrom(...SERIES),
  minute: fc
    .tuple(fc.constantFrom(...HOURS), fc.constantFrom(0, 1, 59))
    .map(([hour, minute]) => hour + minute),
  value: fc.integer({ min: -9, max: 9 }),
})
type Row = { source: string; series: typeof VIEWS; minute: number; value: number }
const coverage = fc.record({
  toMinute: fc.constantFrom(...HOURS, END),
  exceptHours: fc.subarray(HOURS, { maxLength: 20 }),
})

function rowOf({ series, minute, value }: Row, upTo: number): CountRow {
  const aggregate = { count: value, values: value, sum: BigInt(value), min: value - 1, max: value + 1 }
  return { bucket: { ...series, minute }, total: { ...aggregate, upTo } }
}

async function write({ counts }: EmbeddedStores, rows: readonly Row[], upTo: number): Promise<void> {
  for (const [source, ofSource] of Map.groupBy(rows, (row) => row.source)) {
    await counts.write(
      source,
      ofSource.map((row) => rowOf(row, upTo)),
    )
  }
}

async function rollUp({ rollups }: EmbeddedStores, rows: readonly Row[]): Promise<void> {
  const held = rows.map(({ series, minute }) => ({ series, start: hourOf(minute), aggregate: EMPTY }))
  await rollups.writeRollups('hour', 1, held)
}

/** The newest of each bucket and source. */
function latest(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [keyOf(row), row]))
}

function keyOf({ source, series, minute }: Row): string {
  return `${source} ${SERIES.indexOf(series)} ${minute}`
}

async function checkSums({ counts }: EmbeddedStores, rows: readonly Row[]): Promise<void> {
  for (const series of SERIES) {
    const own = rows.filter((row) => row.series === series)
    for (const resolution of ['minute', 'hour', 'day'] as const) {
      const expected = new Map<number, Aggregate>()
      for (const row of own) {
        const start = STARTS[resolution](row.minute)
        const { upTo: _, ...aggregate } = rowOf(row, 0).total
        expected.set(start, add(expected.get(start) ?? EMPTY, aggregate))
      }
      const { periods } = await counts.read(series, { resolution, ...ALL })
      const sums = new Map(periods.map(({ start, aggregate }) => [start, aggregate]))
      assert.deepEqual(sums, new Map(Array.from(expected).sort(([a], [b]) => a - b)), resolution)
    }
    const first = own.length === 0 ? null : Math.min(...own.map(({ minute }) => minute))
    assert.equal(await counts.firstMinute(series), first)
  }
}

describe('A sweep of the embedded counts', () => {
  it('removes the minutes that are old and recounted, and no others, at every resolution', async () => {
    const rows = fc.uniqueArray(row, { maxLength: 60, selector: keyOf }) // a source has one total at an offset
    const property = fc.asyncProperty(rows, rows, rows, coverage, fc.constantFrom(...HOURS), (...given) =>
      withStores(async (stores) => {
        const [before, during, after, { toMinute, exceptHours }, now] = given
        const mayGo = ({ minute }: Row) => {
          const hour = hourOf(minute)
          const isOld = hour + MINUTES_PER_HOUR <= now - MINUTES_PER_DAY
          return isOld && hour + MINUTES_PER_HOUR <= toMinute && !exceptHours.includes(hour)
        }
        await write(stores, before, 1)
        await rollUp(stores, before)
        await stores.rollups.writeReconciled({ version: 1, toMinute, exceptHours })
        const young = during.filter((row) => !mayGo(row))
        await Promise.all([stores.sweep(now * MINUTE_MS, RETENTION), write(stores, young, 2)])
        const kept = latest([...before, ...young].filter((row) => !mayGo(row)))
        await checkSums(stores, [...kept.values()])
        await write(stores, after, 3)
        await checkSums(stores, [...latest([...kept.values(), ...after]).values()])
        const types = new Set([...before, ...young, ...after].map(({ series }) => series.type))
        const known = [...(await stores.counts.types('', 'v1')), ...(await stores.counts.types('', 'ü'))]
        assert.deepEqual(new Set(known), types)
      }),
    )
    await fc.assert(property, { numRuns: 40 })
  })

  it('is remembered, whatever is kept and whatever the clock says afterwards', async () => {
    await using directory = await temporaryDirectory()
    const sweptAfter = async (days: number, retention: CountRetention) => {
      const stores = await openEmbeddedStores({ directory: directory.path })
      await stores.rollups.writeReconciled({
        version: 1,
        toMinute: DAY + 10 * MINUTES_PER_DAY,
        exceptHours: [],
      })
      await stores.sweep((DAY + days * MINUTES_PER_DAY) * MINUTE_MS, retention)
      const { swept } = stores.rollups
      await stores.close()
      return swept
    }
    const longer = { minutesMs: 9 * RETENTION.minutesMs, hoursMs: 9 * RETENTION.hoursMs }
    const first = { minutesFrom: DAY + 4 * MINUTES_PER_DAY, hoursFrom: DAY + 2 * MINUTES_PER_DAY }
    assert.deepEqual(await sweptAfter(5, RETENTION), first)
    assert.deepEqual(await sweptAfter(6, longer), first)
    assert.deepEqual(await sweptAfter(3, RETENTION), first)
    const { minutesFrom } = await sweptAfter(7, RETENTION)
    assert.equal(minutesFrom, DAY + 6 * MINUTES_PER_DAY)
    const byWrongClock = await sweptAfter(9_999, RETENTION) // it has removed only what is recounted
    assert.equal(byWrongClock.minutesFrom, DAY + 10 * MINUTES_PER_DAY)
  })

  it('removes hour rollups whose whole day is old and recounted', () =>
    withStores(async ({ rollups, sweep }) => {
      const aggregate = { ...EMPTY, count: 1 }
      const excepted = DAY + MINUTES_PER_DAY + 3 * MINUTES_PER_HOUR
      for (const series of SERIES) {
        await rollups.writeRollups(
          'hour',
          1,
          HOURS.map((start) => ({ series, start, aggregate })),
        )
        await rollups.writeRollups('day', 1, [{ series, start: DAY, aggregate }])
      }
      await rollups.writeReconciled({ version: 1, toMinute: END, exceptHours: [excepted] })
      const now = END + 2 * MINUTES_PER_HOUR
      assert.deepEqual(await sweep(now * MINUTE_MS, RETENTION), { minuteRows: 0, hourRollups: 3 * 24 })
      for (const series of SERIES) {
        const { periods } = await rollups.readRollups(series, { resolution: 'hour', ...ALL })
        assert.deepEqual(
          periods.map(({ start }) => start),
          HOURS.filter((hour) => hour >= DAY + MINUTES_PER_DAY),
        )
        assert.equal(await rollups.firstRollup(series), DAY)
      }
    }))

  it('keeps hours of a day that was recounted of late, because more of it may come', () =>
    withStores(async ({ rollups, sweep }) => {
      const now = END + 9_999
      const aggregate = { ...EMPTY, count: 1 }
      const rows = [HOURS[0]!, HOURS[30]!].map((start) => ({ series: VIEWS, start, aggregate }))
      await rollups.writeRollups('hour', 1, rows)
      await rollups.writeReconciled({ version: 1, toMinute: END, exceptHours: [] })
      await rollups.writeHours([auditOf(HOURS[1]!, 1, now * MINUTE_MS)])
      await sweep(now * MINUTE_MS, RETENTION)
      const held = async () => (await rollups.readRollups(VIEWS, { resolution: 'hour', ...ALL })).periods
      assert.deepEqual(await held(), [{ start: HOURS[0], aggregate }])
      const later = (now + 31 * MINUTES_PER_DAY) * MINUTE_MS
      await sweep(later, RETENTION)
      assert.deepEqual(await held(), [])
    }))

  it('removes no minutes of which there is no rollup, whatever is said to be recounted', () =>
    withStores(async (stores) => {
      const rows = HOURS.slice(0, 48).map((minute) => ({ source: 'a-0', series: VIEWS, minute, value: 1 }))
      await write(stores, rows, 1)
      await rollUp(stores, rows.slice(7, 9))
      const day = { series: VIEWS, start: HOURS[24]!, aggregate: EMPTY }
      await stores.rollups.writeRollups('day', 1, [day])
      await stores.rollups.writeReconciled({ version: 1, toMinute: END, exceptHours: [] })
      await stores.sweep((END + 9_999) * MINUTE_MS, RETENTION)
      await checkSums(stores, [...rows.slice(0, 7), ...rows.slice(9, 24)])
    }))

  it('removes nothing before the first recount', () =>
    withStores(async (stores) => {
      const rows = HOURS.map((minute) => ({ source: 'a-0', series: VIEWS, minute, value: 1 }))
      await write(stores, rows, 1)
      const swept = await stores.sweep((END + 9_999) * MINUTE_MS, RETENTION)
      assert.deepEqual(swept, { minuteRows: 0, hourRollups: 0 })
      await checkSums(stores, rows)
    }))

  it('spares hours that are excepted after it began', () =>
    withStores(async (stores) => {
      const rows = HOURS.map((minute) => ({ source: 'a-0', series: VIEWS, minute, value: 1 }))
      await write(stores, rows, 1)
      await rollUp(stores, rows)
      await stores.rollups.writeReconciled({ version: 1, toMinute: END, exceptHours: [] })
      const sweeping = stores.sweep((END + 9_999) * MINUTE_MS, RETENTION)
      await stores.rollups.writeReconciled({ version: 2, toMinute: END, exceptHours: HOURS.slice(10) })
      await sweeping
      await checkSums(stores, rows.slice(10))
    }))
})
