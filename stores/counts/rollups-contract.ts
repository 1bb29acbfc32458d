// What every form of the rollups must do, as tests. A form opens itself empty.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Series } from '../../model/bucket.ts'
import type { Quarters } from '../../model/quarters.ts'
import { type Aggregate, EMPTY, sumOf } from '../../model/total.ts'
import { checkNames } from '../../testing/arbitrary-name.ts'
import type { PeriodRange, VideoScan } from './counts.ts'
import { DAY, VIEWS } from './counts-contract.ts'
import type {
  HourAudit,
  Reconciled,
  RollupReader,
  RollupResolution,
  RollupRow,
  RollupWriter,
} from './rollups.ts'

type Rollups = RollupWriter & RollupReader & VideoScan

export type RollupsUnderTest = { readonly rollups: Rollups; close(): Promise<void> }

type Test = (title: string, run: (rollups: Rollups) => Promise<void>) => void

export function rollupsContract(name: string, open: () => Promise<RollupsUnderTest>): void {
  const test: Test = (title, run) =>
    it(title, async () => {
      const { rollups, close } = await open()
      try {
        await run(rollups)
      } finally {
        await close()
      }
    })
  describe(name, () => {
    writing(test)
    quarters(test)
    series(test)
    names(test)
    scanning(test)
    hours(test)
    reconciled(test)
  })
}

function scanning(test: Test): void {
  test('lists every video once', async (rollups) => {
    for (const videoId of ['v1', 'v2', 'v3']) {
      for (const start of [DAY, DAY + 1_440, DAY + 90 * 1_440]) {
        const row = { ...rowAt(start, 1), series: { ...VIEWS, videoId } }
        await rollups.writeRollups('hour', 1, [row])
        await rollups.writeRollups('day', 1, [row])
      }
    }
    const found = (await Array.fromAsync(rollups.videos())).flat()
    assert.deepEqual(found.map(({ videoId }) => videoId).sort(), ['v1', 'v2', 'v3'])
  })
}

function writing(test: Test): void {
  test('gives back what was stored, hours and days apart', async (rollups) => {
    const aggregate: Aggregate = { count: 7, values: 3, sum: -(2n ** 100n) - 1n, min: -5_000, max: 500 }
    await rollups.writeRollups('hour', 1, [{ series: VIEWS, start: DAY, aggregate }])
    await rollups.writeRollups('day', 1, [rowAt(DAY, 9)])
    const hour = await rollups.readRollups(VIEWS, { resolution: 'hour', from: DAY, to: DAY + 60 })
    assert.deepEqual(hour, { periods: [{ start: DAY, aggregate }], stale: false })
    await check(rollups, { resolution: 'day', from: DAY, to: DAY + 1_440 }, [[DAY, 9]])
  })

  test('keeps the row with the higher version, whatever the order of the writes', async (rollups) => {
    for (const version of [5, 3, 7, 6]) await rollups.writeRollups('hour', version, [rowAt(DAY, version)])
    await rollups.writeRollups('hour', 1, [rowAt(DAY + 60, 1)])
    await check(rollups, { resolution: 'hour', from: DAY, to: DAY + 120 }, [
      [DAY, 7],
      [DAY + 60, 1],
    ])
  })

  test('keeps the row with the higher version under concurrent writes', async (rollups) => {
    const versions = Array.from({ length: 40 }, (_, i) => (i * 17) % 40)
    await Promise.all(versions.map((version) => rollups.writeRollups('day', version, [rowAt(DAY, version)])))
    await check(rollups, { resolution: 'day', from: DAY, to: DAY + 1_440 }, [[DAY, 39]])
  })

  test('takes a repeated write for what it is', async (rollups) => {
    for (let i = 0; i < 3; i++) await rollups.writeRollups('day', 5, [rowAt(DAY, 4)])
    await check(rollups, { resolution: 'day', from: DAY, to: DAY + 1_440 }, [[DAY, 4]])
  })

  test('replaces a row by one of count 0, which stands for nothing left', async (rollups) => {
    await rollups.writeRollups('hour', 1, [rowAt(DAY, 4)])
    await rollups.writeRollups('hour', 2, [{ series: VIEWS, start: DAY, aggregate: EMPTY }])
    const { periods } = await rollups.readRollups(VIEWS, { resolution: 'hour', from: DAY, to: DAY + 60 })
    assert.deepEqual(periods, [{ start: DAY, aggregate: EMPTY }])
  })

  test('adds up the hours of a day of many series at once', async (rollups) => {
    const tenants = ['', 't']
    const videos = Array.from({ length: 50 }, (_, i) => `v${i}`)
    const all = tenants.flatMap((tenant) =>
      videos.flatMap((videoId) => ['like', 'view'].map((type) => ({ tenant, videoId, type }))),
    )
    for (const start of [DAY - 60, DAY, DAY + 600, DAY + 1_380, DAY + 1_440]) {
      const rows = all.slice(3).map((series, i) => ({ ...rowAt(start, i), series }))
      await rollups.writeRollups('hour', 1, rows)
    }
    await rollups.writeRollups('day', 1, [{ ...rowAt(DAY, 1_000), series: all[9]! }])
    const asked = all.toReversed()
    const sums = await rollups.addUpDay(DAY, asked)
    assert.deepEqual(
      sums.map(({ count }) => count),
      asked.map((series) => 3 * Math.max(0, all.indexOf(series) - 3)),
    )
    assert.deepEqual(await rollups.addUpDay(DAY, []), [])
  })

  test('reads half-open ranges in order of time, over months and years', async (rollups) => {
    const year = 366 * 1_440
    const starts = [DAY + year, DAY - year, DAY, DAY + 60, DAY + 40 * 1_440, DAY - 60]
    await rollups.writeRollups(
      'hour',
      1,
      starts.map((start) => rowAt(start, 1)),
    )
    const read = async (from: number, to: number) => {
      const { periods } = await rollups.readRollups(VIEWS, { resolution: 'hour', from, to })
      return periods.map(({ start }) => start)
    }
    const sorted = starts.toSorted((a, b) => a - b)
    assert.deepEqual(await read(DAY - year, DAY + year), sorted.slice(0, -1))
    assert.deepEqual(await read(DAY - year + 60, DAY + year + 60), sorted.slice(1))
    assert.deepEqual(await read(DAY, DAY + 60), [DAY])
    assert.deepEqual(await read(DAY, DAY), [])
  })

  test('stores a write of many rows', async (rollups) => {
    const rows = Array.from({ length: 5_000 }, (_, i) => rowAt(DAY + i * 60, i + 1))
    await rollups.writeRollups('hour', 1, rows)
    const range: PeriodRange = { resolution: 'hour', from: DAY, to: DAY + 5_000 * 60 }
    const { periods } = await rollups.readRollups(VIEWS, range)
    assert.deepEqual(
      periods.map(({ start, aggregate }) => [start, aggregate.count]),
      rows.map(({ start, aggregate }) => [start, aggregate.count]),
    )
  })
}

function quarters(test: Test): void {
  const valued: Aggregate = { count: 7, values: 3, sum: -(2n ** 100n) - 1n, min: -5_000, max: 500 }
  const counted = { ...EMPTY, count: 2 }
  const QUARTERS: Quarters = [valued, EMPTY, counted, EMPTY]
  const hourAt = (start: number, quarters?: Quarters): RollupRow => ({
    series: VIEWS,
    start,
    aggregate: sumOf(QUARTERS),
    ...(quarters !== undefined && { quarters }),
  })
  const read = async (rollups: Rollups, from: number, to: number) =>
    (await rollups.readRollups(VIEWS, { resolution: 'quarter', from, to })).periods

  test('gives back the quarters of hours, and the hours all the same', async (rollups) => {
    await rollups.writeRollups('hour', 1, [hourAt(DAY - 60, QUARTERS), hourAt(DAY, QUARTERS)])
    assert.deepEqual(await read(rollups, DAY - 60, DAY + 60), [
      { start: DAY - 60, aggregate: valued },
      { start: DAY - 30, aggregate: counted },
      { start: DAY, aggregate: valued },
      { start: DAY + 30, aggregate: counted },
    ])
    await check(rollups, { resolution: 'hour', from: DAY - 60, to: DAY + 60 }, [
      [DAY - 60, 9],
      [DAY, 9],
    ])
  })

  test('cuts hours at the quarters that are asked for', async (rollups) => {
    await rollups.writeRollups('hour', 1, [hourAt(DAY - 60, QUARTERS), hourAt(DAY, QUARTERS)])
    assert.deepEqual(await read(rollups, DAY - 30, DAY + 15), [
      { start: DAY - 30, aggregate: counted },
      { start: DAY, aggregate: valued },
    ])
    const nothing = [{ start: DAY + 15, aggregate: EMPTY }]
    assert.deepEqual(await read(rollups, DAY + 15, DAY + 30), nothing, 'the hour was read, and holds nothing')
  })

  test('gives an hour as a whole where its quarters are not known', async (rollups) => {
    await rollups.writeRollups('hour', 1, [hourAt(DAY), hourAt(DAY + 60, QUARTERS)])
    const whole = { start: DAY, aggregate: sumOf(QUARTERS), isWholeHour: true }
    assert.deepEqual(await read(rollups, DAY + 30, DAY + 75), [whole, { start: DAY + 60, aggregate: valued }])
    await rollups.writeRollups('hour', 2, [{ series: VIEWS, start: DAY, aggregate: EMPTY }])
    assert.deepEqual(await read(rollups, DAY + 30, DAY + 60), [{ start: DAY + 30, aggregate: EMPTY }])
  })

  test('replaces quarters with their hour, and lets go of them where the newer hour has none', async (rollups) => {
    await rollups.writeRollups('hour', 1, [hourAt(DAY)])
    await rollups.writeRollups('hour', 2, [hourAt(DAY, QUARTERS)])
    await rollups.writeRollups('hour', 1, [hourAt(DAY)])
    assert.equal((await read(rollups, DAY, DAY + 60)).length, 2)
    await rollups.writeRollups('hour', 3, [hourAt(DAY)])
    const whole = { start: DAY, aggregate: sumOf(QUARTERS), isWholeHour: true }
    assert.deepEqual(await read(rollups, DAY, DAY + 60), [whole])
  })
}

function series(test: Test): void {
  test('keeps tenants, videos and types apart, also where one name begins another', async (rollups) => {
    const names = ['v1', 'v', 'v12', 'v1~', 'ü', '日本']
    const all = names.flatMap((videoId) =>
      ['', 't'].flatMap((tenant) => ['view', 'views'].map((type) => ({ tenant, videoId, type }))),
    )
    const rows = all.map((one, i) => rowAt(DAY, i + 1, one))
    await rollups.writeRollups('hour', 1, rows)
    const range: PeriodRange = { resolution: 'hour', from: DAY, to: DAY + 60 }
    for (const [i, one] of all.entries()) await check(rollups, range, [[DAY, i + 1]], one)
  })

  test('lists the types of a video in order, of hours and of days', async (rollups) => {
    const typed = (type: string, videoId = 'v1') => rowAt(DAY, 1, { ...VIEWS, type, videoId })
    await rollups.writeRollups(
      'hour',
      1,
      ['view', 'share', 'dislike'].map((type) => typed(type)),
    )
    await rollups.writeRollups('day', 1, [typed('view'), typed('like'), typed('a', 'v12')])
    assert.deepEqual(await rollups.rollupTypes('', 'v1'), ['dislike', 'like', 'share', 'view'])
    assert.deepEqual(await rollups.rollupTypes('other', 'v1'), [])
  })

  test('knows where a series begins, to the hour where it has hours', async (rollups) => {
    const write = (resolution: RollupResolution, start: number) =>
      rollups.writeRollups(resolution, 1, [rowAt(start, 1)])
    const like = { ...VIEWS, type: 'like' }
    assert.equal(await rollups.firstRollup(VIEWS), null)
    await rollups.writeRollups('hour', 1, [rowAt(DAY - 9_960, 1, like)])
    assert.equal(await rollups.firstRollup(VIEWS), null)
    await write('hour', DAY + 180)
    await write('hour', DAY + 120)
    assert.equal(await rollups.firstRollup(VIEWS), DAY + 120)
    await write('day', DAY)
    assert.equal(await rollups.firstRollup(VIEWS), DAY + 120)
    await write('day', DAY - 100 * 1_440)
    assert.equal(await rollups.firstRollup(VIEWS), DAY - 100 * 1_440)
    await write('hour', DAY - 200 * 1_440)
    assert.equal(await rollups.firstRollup(VIEWS), DAY - 200 * 1_440)
  })
}

function names(test: Test): void {
  test('keeps videos apart, whatever they are called', async (rollups) => {
    await checkNames(async (tenant, videoIds) => {
      const rows = videoIds.map((videoId, i) => rowAt(DAY, i + 1, { tenant, videoId, type: 'view' }))
      await rollups.writeRollups('hour', 1, rows)
      await rollups.writeRollups('day', 1, rows)
      for (const [i, videoId] of videoIds.entries()) {
        const series = { tenant, videoId, type: 'view' }
        const range = { resolution: 'day', from: DAY, to: DAY + 1_440 } as const
        const { periods } = await rollups.readRollups(series, range)
        assert.deepEqual(
          periods.map(({ aggregate }) => aggregate.count),
          [i + 1],
        )
        assert.deepEqual(await rollups.rollupTypes(tenant, videoId), ['view'])
        assert.equal(await rollups.firstRollup(series), DAY)
      }
      const listed = (await Array.fromAsync(rollups.videos())).flat().filter((name) => name.tenant === tenant)
      assert.deepEqual(listed.map(({ videoId }) => videoId).sort(), videoIds.toSorted())
    })
  })
}

function hours(test: Test): void {
  test('keeps the audit with the higher version of each hour, whatever the order', async (rollups) => {
    const hour = DAY - 60
    await rollups.writeHours([auditOf(hour, 2), auditOf(DAY, 1)])
    await rollups.writeHours([auditOf(hour, 1), auditOf(DAY, 4), auditOf(DAY + 60, 3)])
    await rollups.writeHours([auditOf(DAY, 3)])
    const expected = [auditOf(hour, 2), auditOf(DAY, 4), auditOf(DAY + 60, 3)]
    assert.deepEqual(await rollups.readHours(0, Number.MAX_SAFE_INTEGER), expected)
  })

  test('reads the hours of a half-open range in order, over months', async (rollups) => {
    const starts = Array.from({ length: 100 }, (_, i) => DAY + ((i * 37) % 100) * 1_440)
    await rollups.writeHours(starts.map((hour) => auditOf(hour, 1)))
    const read = await rollups.readHours(DAY + 1_440, DAY + 99 * 1_440)
    assert.deepEqual(
      read.map(({ hour }) => hour),
      Array.from({ length: 98 }, (_, i) => DAY + (i + 1) * 1_440),
    )
    assert.deepEqual(await rollups.readHours(DAY, DAY), [])
  })
}

function reconciled(test: Test): void {
  test('knows how far was reconciled, nothing before the first run', async (rollups) => {
    assert.equal(await rollups.readReconciled(), null)
    const at = (version: number): Reconciled => ({
      version,
      toMinute: DAY + version,
      exceptHours: [DAY - 60],
    })
    for (const version of [2, 5, 3]) await rollups.writeReconciled(at(version))
    assert.deepEqual(await rollups.readReconciled(), at(5))
  })

  test('holds many hours that are excepted', async (rollups) => {
    const exceptHours = Array.from({ length: 20_000 }, (_, i) => DAY + 60 * i)
    const held = { version: 1, toMinute: DAY + 60 * 30_000, exceptHours }
    await rollups.writeReconciled(held)
    assert.deepEqual(await rollups.readReconciled(), held)
  })
}

async function check(
  rollups: Rollups,
  range: PeriodRange,
  expected: [number, number][],
  series: Series = VIEWS,
): Promise<void> {
  const { periods } = await rollups.readRollups(series, range)
  assert.deepEqual(
    periods.map(({ start, aggregate }) => [start, aggregate.count]),
    expected,
  )
}

function rowAt(start: number, count: number, series: Series = VIEWS): RollupRow {
  return { series, start, aggregate: { ...EMPTY, count } }
}

export function auditOf(hour: number, version: number, recountedMs = 1_700_000_000_000 + version): HourAudit {
  return {
    hour,
    version,
    mark: `mark-${version}`,
    lateMark: null,
    beforeMinute: hour + 60,
    recountedMs,
    buckets: 10,
    equal: 7,
    differing: 3,
    difference: 5,
    lateApplied: 4,
    unexplained: 1,
    unexplainedDifference: 1,
    missing: ['date=2023-11-14/hour=00/ä.parquet'],
    purged: version === 4,
  }
}
