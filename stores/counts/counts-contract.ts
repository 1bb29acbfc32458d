// What every form of the counts must do, as tests. A form opens itself empty.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Bucket, Series } from '../../model/bucket.ts'
import { type Aggregate, EMPTY, type Total } from '../../model/total.ts'
import {
  BATCH_SOURCE,
  type Checkpoint,
  type CountAudit,
  type CountReader,
  type CountWriter,
  type PeriodRange,
  type VideoScan,
} from './counts.ts'
import { countsOfAnyName, writtenHours } from './written-contract.ts'

type Counts = CountWriter &
  CountReader &
  CountAudit &
  VideoScan & { checkpoints(): Promise<ReadonlyMap<string, Checkpoint>> }

export type CountsUnderTest = { readonly counts: Counts; close(): Promise<void> }

type Test = (title: string, run: (counts: Counts) => Promise<void>) => void

export const VIEWS: Series = { tenant: '', videoId: 'v1', type: 'view' }
const LIKES: Series = { ...VIEWS, type: 'like' }
/** 2023-11-14T00:00Z, in minutes. */
export const DAY = 28_332_000

export function countsContract(name: string, open: () => Promise<CountsUnderTest>): void {
  const test = (title: string, run: (counts: Counts) => Promise<void>) =>
    it(title, async () => {
      const { counts, close } = await open()
      try {
        await run(counts)
      } finally {
        await close()
      }
    })
  describe(name, () => {
    writing(test)
    periods(test)
    narrowing(test)
    corrections(test)
    series(test)
    countsOfAnyName(test)
    writtenHours(test)
    checkpoints(test)
    scanning(test)
  })
}

function scanning(test: Test): void {
  test('lists every video once', async (counts) => {
    const names = Array.from({ length: 25 }, (_, i) => [i % 2 === 0 ? '' : 't', `v${i}`] as const)
    for (const [tenant, videoId] of names) {
      for (const type of ['view', 'like']) {
        for (const minute of [DAY, DAY + 9_000]) {
          const bucket = { tenant, videoId, type, minute }
          await counts.write('a-0', [{ bucket, total: totalOf(1, 1) }])
        }
      }
    }
    const found = (await Array.fromAsync(counts.videos())).flat()
    const texts = found.map(({ tenant, videoId }) => `${tenant}/${videoId}`)
    assert.deepEqual(texts.sort(), names.map(([tenant, videoId]) => `${tenant}/${videoId}`).sort())
  })
}

function writing(test: Test): void {
  test('gives back what was stored, per source, and null for the rest', async (counts) => {
    const total = totalOf(3, 9, { values: 2, sum: -4_500n, min: -5_000, max: 500 })
    await counts.write('a-0', [{ bucket: at(DAY), total }])
    assert.deepEqual(await counts.hydrate('a-0', [at(DAY + 1), at(DAY)]), [null, total])
    assert.deepEqual(await counts.hydrate('b-0', [at(DAY)]), [null])
  })

  test('keeps the total that includes more, whatever the order of the writes', async (counts) => {
    for (const total of [totalOf(2, 5), totalOf(1, 3), totalOf(3, 7), totalOf(2, 5)]) {
      await counts.write('a-0', [{ bucket: at(DAY), total }])
    }
    assert.deepEqual(await counts.hydrate('a-0', [at(DAY)]), [totalOf(3, 7)])
    await check(counts, VIEWS, { resolution: 'day', from: DAY, to: DAY + 1_440 }, [[DAY, 3]])
  })

  test('keeps the total that includes more under concurrent writes', async (counts) => {
    const totals = Array.from({ length: 40 }, (_, i) => totalOf(1 + ((i * 17) % 40), (i * 17) % 40))
    await Promise.all(totals.map((total) => counts.write('a-0', [{ bucket: at(DAY), total }])))
    assert.deepEqual(await counts.hydrate('a-0', [at(DAY)]), [totalOf(40, 39)])
    await check(counts, VIEWS, { resolution: 'hour', from: DAY, to: DAY + 60 }, [[DAY, 40]])
  })

  test('keeps the higher of two totals of one bucket in one write', async (counts) => {
    const rows = [totalOf(1, 1), totalOf(3, 3), totalOf(2, 2)].map((total) => ({ bucket: at(DAY), total }))
    await counts.write('a-0', rows)
    await check(counts, VIEWS, { resolution: 'day', from: DAY, to: DAY + 1_440 }, [[DAY, 3]])
  })

  test('takes a repeated write for what it is', async (counts) => {
    const row = { bucket: at(DAY), total: totalOf(2, 5) }
    for (let i = 0; i < 3; i++) assert.deepEqual(await counts.write('a-0', [row, row]), [])
    assert.deepEqual(await counts.hydrate('a-0', [at(DAY)]), [totalOf(2, 5)])
    await check(counts, VIEWS, { resolution: 'day', from: DAY, to: DAY + 1_440 }, [[DAY, 2]])
  })

  test('stores a write of many rows', async (counts) => {
    const rows = Array.from({ length: 5_000 }, (_, i) => ({ bucket: at(DAY + i), total: totalOf(2, i) }))
    await counts.write('a-0', rows)
    assert.equal((await counts.hydrate('a-0', [at(DAY + 4_999)]))[0]?.count, 2)
    const range = { resolution: 'day', from: DAY, to: DAY + 10 * 1_440 } as const
    await check(counts, VIEWS, range, [
      [DAY, 2_880],
      [DAY + 1_440, 2_880],
      [DAY + 2_880, 2_880],
      [DAY + 4_320, 1_360],
    ])
  })

  test('keeps sums beyond 2^90 to the last digit', async (counts) => {
    const sums = [2n ** 100n + 1n, -(2n ** 99n) - 1n, 7n]
    for (const [i, sum] of sums.entries()) {
      await counts.write(`a-${i}`, [{ bucket: at(DAY), total: totalOf(1, 1, { values: 1, sum }) }])
    }
    const { periods } = await counts.read(VIEWS, { resolution: 'day', from: DAY, to: DAY + 1_440 })
    assert.equal(periods[0]?.aggregate.sum, 2n ** 99n + 7n)
  })
}

function periods(test: Test): void {
  test('adds up the sources of a minute', async (counts) => {
    const a = totalOf(2, 1, { values: 1, sum: 5_000n, min: 5_000, max: 5_000 })
    const b = totalOf(3, 9, { values: 2, sum: -1_000n, min: -2_000, max: 1_000 })
    await counts.write('a-0', [{ bucket: at(DAY), total: a }])
    await counts.write('b-0', [{ bucket: at(DAY), total: b }])
    await counts.write('c-0', [{ bucket: at(DAY), total: totalOf(1, 4) }])
    const aggregate: Aggregate = { count: 6, values: 3, sum: 4_000n, min: -2_000, max: 5_000 }
    for (const resolution of ['minute', 'quarter', 'hour', 'day'] as const) {
      const read = await counts.read(VIEWS, { resolution, from: DAY, to: DAY + 1_440 })
      assert.deepEqual(read, { periods: [{ start: DAY, aggregate }], stale: false }, resolution)
    }
  })

  test('answers half-open ranges in order of time and leaves empty periods out', async (counts) => {
    const minutes = [DAY + 1_440, DAY - 1, DAY + 61, DAY, DAY + 59, DAY + 60]
    await counts.write(
      'a-0',
      minutes.map((minute) => ({ bucket: at(minute), total: totalOf(1, 1) })),
    )
    const cases: [PeriodRange, [number, number][]][] = [
      [
        { resolution: 'minute', from: DAY, to: DAY + 61 },
        [
          [DAY, 1],
          [DAY + 59, 1],
          [DAY + 60, 1],
        ],
      ],
      [
        { resolution: 'hour', from: DAY, to: DAY + 1_440 },
        [
          [DAY, 2],
          [DAY + 60, 2],
        ],
      ],
      [
        { resolution: 'quarter', from: DAY - 15, to: DAY + 75 },
        [
          [DAY - 15, 1],
          [DAY, 1],
          [DAY + 45, 1],
          [DAY + 60, 2],
        ],
      ],
      [{ resolution: 'quarter', from: DAY + 45, to: DAY + 60 }, [[DAY + 45, 1]]],
      [
        { resolution: 'day', from: DAY - 1_440, to: DAY + 2_880 },
        [
          [DAY - 1_440, 1],
          [DAY, 4],
          [DAY + 1_440, 1],
        ],
      ],
      [{ resolution: 'minute', from: DAY + 1, to: DAY + 59 }, []],
      [{ resolution: 'minute', from: DAY, to: DAY }, []],
    ]
    for (const [range, expected] of cases) await check(counts, VIEWS, range, expected)
  })
}

function narrowing(test: Test): void {
  const wide = totalOf(2, 5, { values: 2, sum: 0n, min: -9_000, max: 9_000 })
  const narrow = totalOf(1, 6, { values: 1, sum: 1_000n, min: 1_000, max: 1_000 })

  test('lets go of the least and greatest value of a corrected total', async (counts) => {
    const other = totalOf(1, 1, { values: 1, sum: 2_000n, min: 2_000, max: 2_000 })
    await counts.write('a-0', [{ bucket: at(DAY), total: wide }])
    await counts.write('b-0', [{ bucket: at(DAY + 1), total: other }])
    await counts.write('b-0', [{ bucket: at(DAY + 70), total: other }])
    await counts.write('a-0', [{ bucket: at(DAY), total: narrow }])
    const { periods } = await counts.read(VIEWS, { resolution: 'day', from: DAY, to: DAY + 1_440 })
    assert.deepEqual(periods[0]?.aggregate, { count: 3, values: 3, sum: 5_000n, min: 1_000, max: 2_000 })
  })

  test('lets go of them where other rows of the hour come in the same write', async (counts) => {
    const others = [1, 2].map((minute) => ({ bucket: at(DAY + minute), total: { ...narrow, upTo: 9 } }))
    await counts.write('a-0', [{ bucket: at(DAY), total: wide }])
    await counts.write('a-0', [...others, { bucket: at(DAY), total: totalOf(1, 9) }])
    for (const resolution of ['quarter', 'hour'] as const) {
      const { periods } = await counts.read(VIEWS, { resolution, from: DAY, to: DAY + 60 })
      assert.deepEqual(periods[0]?.aggregate, { count: 3, values: 2, sum: 2_000n, min: 1_000, max: 1_000 })
    }
  })
}

function corrections(test: Test): void {
  const stream = totalOf(5, 9, { values: 4, sum: 9_000n, min: -1_000, max: 8_000 })
  const wrong = totalOf(-4, 100, { values: -3, sum: -8_500n, min: 500, max: 500 })
  const right = totalOf(-2, 200, { values: -1, sum: -9_500n, min: -1_000, max: 500 })

  test('adds a correction that takes away to every period it lies in', async (counts) => {
    await counts.write('a-0', [
      { bucket: at(DAY), total: stream },
      { bucket: at(DAY + 1), total: totalOf(1, 9) },
    ])
    await counts.write(BATCH_SOURCE, [{ bucket: at(DAY), total: wrong }])
    const range = { from: DAY, to: DAY + 1_440 }
    const minute = { count: 1, values: 1, sum: 500n, min: -1_000, max: 8_000 }
    const { periods } = await counts.read(VIEWS, { resolution: 'minute', ...range })
    assert.deepEqual(periods[0], { start: DAY, aggregate: minute })
    for (const resolution of ['quarter', 'hour', 'day'] as const) {
      const { periods } = await counts.read(VIEWS, { resolution, ...range })
      assert.deepEqual(periods, [{ start: DAY, aggregate: { ...minute, count: 2 } }], resolution)
    }
  })

  test('replaces a correction by a newer one, and not by an older', async (counts) => {
    await counts.write('a-0', [{ bucket: at(DAY), total: stream }])
    for (const total of [wrong, right, wrong]) await counts.write(BATCH_SOURCE, [{ bucket: at(DAY), total }])
    const aggregate = { count: 3, values: 3, sum: -500n, min: -1_000, max: 8_000 }
    for (const resolution of ['minute', 'quarter', 'hour', 'day'] as const) {
      const { periods } = await counts.read(VIEWS, { resolution, from: DAY, to: DAY + 1_440 })
      assert.deepEqual(periods, [{ start: DAY, aggregate }], resolution)
    }
    assert.deepEqual(await counts.hydrate(BATCH_SOURCE, [at(DAY)]), [right])
  })

  test('counts what only the batch layer has seen, and what it takes back to nothing', async (counts) => {
    await counts.write(BATCH_SOURCE, [{ bucket: at(DAY), total: totalOf(3, 1) }])
    assert.deepEqual(await counts.types('', 'v1'), ['view'])
    assert.equal(await counts.firstMinute(VIEWS), DAY)
    await check(counts, VIEWS, { resolution: 'day', from: DAY, to: DAY + 1_440 }, [[DAY, 3]])
    await counts.write(BATCH_SOURCE, [{ bucket: at(DAY), total: totalOf(0, 2) }])
    await check(counts, VIEWS, { resolution: 'day', from: DAY, to: DAY + 1_440 }, [[DAY, 0]])
  })

  test('tells what the stream and the batch layer hold, minute by minute', async (counts) => {
    assert.deepEqual(await counts.heldMinutes(VIEWS, DAY, DAY + 60), [])
    const minutes = [DAY + 1_440, DAY + 59, DAY, DAY + 3, DAY - 1]
    await counts.write(
      'a-0',
      minutes.map((minute) => ({ bucket: at(minute), total: stream })),
    )
    await counts.write('b-0', [{ bucket: at(DAY + 3), total: totalOf(1, 4) }])
    await counts.write(BATCH_SOURCE, [
      { bucket: at(DAY), total: right },
      { bucket: at(DAY + 4), total: totalOf(7, 1) },
      { bucket: at(DAY + 59), total: totalOf(0, 1) },
    ])
    const aggregateOf = ({ upTo: _, ...aggregate }: Total) => aggregate
    const own = aggregateOf(stream)
    const held = [
      { minute: DAY, stream: own, batch: aggregateOf(right) },
      { minute: DAY + 3, stream: { ...own, count: 6 }, batch: null },
      { minute: DAY + 4, stream: EMPTY, batch: aggregateOf(totalOf(7, 1)) },
      { minute: DAY + 59, stream: own, batch: EMPTY },
    ]
    assert.deepEqual(await counts.heldMinutes(VIEWS, DAY, DAY + 60), held)
    assert.deepEqual(await counts.heldMinutes(VIEWS, DAY + 3, DAY + 4), held.slice(1, 2))
    const over = await counts.heldMinutes(VIEWS, DAY - 1, DAY + 1_441)
    assert.deepEqual(
      over.map(({ minute }) => minute),
      [DAY - 1, DAY, DAY + 3, DAY + 4, DAY + 59, DAY + 1_440],
    )
    assert.deepEqual(await counts.heldMinutes(LIKES, DAY, DAY + 60), [])
  })
}

function series(test: Test): void {
  test('keeps tenants, videos and types apart, also where one name begins another', async (counts) => {
    const names = ['v1', 'v', 'v12', 'v1~', 'ü', '日本']
    const all = names.flatMap((videoId) =>
      ['', 't'].flatMap((tenant) => ['view', 'views'].map((type) => ({ tenant, videoId, type }))),
    )
    for (const [i, one] of all.entries()) {
      await counts.write('a-0', [{ bucket: { ...one, minute: DAY }, total: totalOf(i + 1, 1) }])
    }
    const range = { resolution: 'minute', from: DAY, to: DAY + 1 } as const
    for (const [i, one] of all.entries()) await check(counts, one, range, [[DAY, i + 1]])
  })

  test('lists the types of a video in order', async (counts) => {
    for (const type of ['view', 'dislike', 'share', 'like', 'view']) {
      await counts.write('a-0', [{ bucket: at(DAY, { ...VIEWS, type }), total: totalOf(1, 1) }])
    }
    await counts.write('a-0', [
      { bucket: at(DAY, { ...VIEWS, videoId: 'v12', type: 'a' }), total: totalOf(1, 1) },
    ])
    assert.deepEqual(await counts.types('', 'v1'), ['dislike', 'like', 'share', 'view'])
    assert.deepEqual(await counts.types('other', 'v1'), [])
  })

  test('knows the first minute of a series', async (counts) => {
    assert.equal(await counts.firstMinute(VIEWS), null)
    await counts.write('a-0', [{ bucket: at(DAY - 9_999, LIKES), total: totalOf(1, 1) }])
    assert.equal(await counts.firstMinute(VIEWS), null)
    for (const minute of [DAY + 5_000, DAY + 130, DAY + 100, DAY + 99, DAY + 1_000]) {
      await counts.write('a-0', [{ bucket: at(minute), total: totalOf(1, 1) }])
    }
    assert.equal(await counts.firstMinute(VIEWS), DAY + 99)
  })

  test('answers nothing for a series that was never counted', async (counts) => {
    await check(counts, VIEWS, { resolution: 'day', from: 0, to: DAY * 2 }, [])
  })
}

function checkpoints(test: Test): void {
  test('keeps a checkpoint for each source, null before the first', async (counts) => {
    await counts.writeCheckpoint('a-0', checkpointAt(4))
    await counts.writeCheckpoint('b-0', checkpointAt(2))
    assert.deepEqual(await counts.readCheckpoint('a-0'), checkpointAt(4))
    assert.equal(await counts.readCheckpoint('c-0'), null)
    const expected = new Map([
      ['a-0', checkpointAt(4)],
      ['b-0', checkpointAt(2)],
    ])
    assert.deepEqual(await counts.checkpoints(), expected)
  })

  test('never moves a checkpoint backwards', async (counts) => {
    await Promise.all([4, 9, 2, 7].map((offset) => counts.writeCheckpoint('a-0', checkpointAt(offset))))
    await counts.writeCheckpoint('a-0', checkpointAt(8))
    assert.deepEqual(await counts.readCheckpoint('a-0'), checkpointAt(9))
  })
}

async function check(counts: Counts, series: Series, range: PeriodRange, expected: [number, number][]) {
  const { periods } = await counts.read(series, range)
  assert.deepEqual(
    periods.map(({ start, aggregate }) => [start, aggregate.count]),
    expected,
  )
}

function at(minute: number, series: Series = VIEWS): Bucket {
  return { ...series, minute }
}

function totalOf(count: number, upTo: number, rest: Partial<Aggregate> = {}): Total {
  return { count, values: 0, sum: 0n, min: null, max: null, ...rest, upTo }
}

export function checkpointAt(offset: number): Checkpoint {
  const ledger = {
    records: offset + 1,
    events: 10,
    counted: 4,
    duplicate: 3,
    late: 2,
    dead: 1,
    deadRecords: 5,
    ...(offset % 2 === 0 && { probe: { records: 1, events: 5, counted: 2, duplicate: 1, late: 1, dead: 1 } }),
  }
  return { offset, logTimeMs: 1_700_000_000_000 + offset, ledger }
}
