import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { type Aggregate, EMPTY, type Total } from '../../../model/total.ts'
import { BATCH_SOURCE } from '../../../stores/counts/counts.ts'
import { MemoryCounts } from '../../../testing/memory-counts.ts'
import { slotsOf } from '../question/range-slots.ts'
import { readSlots } from './read-slots.ts'

const SERIES = { tenant: '', videoId: 'v', type: 'view' }
/** Clocks are set back in Europe on 25 October 2026, and in America on 1 November. */
const START = Date.UTC(2026, 9, 20) / MINUTE_MS
async function countsOf(minutes: readonly number[]): Promise<MemoryCounts> {
  const counts = new MemoryCounts()
  for (const minute of new Set(minutes)) {
    const count = minutes.filter((other) => other === minute).length
    await counts.write('s', [{ bucket: { ...SERIES, minute }, total: { ...EMPTY, count, upTo: 0 } }])
  }
  return counts
}

test('an hour that a local midnight divides is added minute by minute', async () => {
  const midnight = START + 18 * 60 + 30
  const slots = slotsOf({ from: START, to: START + 3 * 1_440 }, 'P1D', 'Asia/Kolkata')
  const { sums } = await readSlots(await countsOf([midnight - 1, midnight, midnight + 1]), SERIES, slots)
  assert.deepEqual(
    sums.map(({ count }) => count),
    [1, 2, 0, 0],
  )
})

test('the least and greatest values of a minute that was cleared are of no slot', async () => {
  const counts = new MemoryCounts()
  const totalOf = (values: number, sum: bigint, bounds: Pick<Aggregate, 'min' | 'max'>) => {
    return { ...EMPTY, ...bounds, count: values, values, sum, upTo: 1 }
  }
  const put = (source: string, minute: number, total: Total) =>
    counts.write(source, [{ bucket: { ...SERIES, minute }, total }])
  await put('s', START + 1, totalOf(2, 10_000n, { min: 1_000, max: 9_000 }))
  await put(BATCH_SOURCE, START + 1, totalOf(-2, -10_000n, { min: null, max: null }))
  await put('s', START + 7, totalOf(2, 7_000n, { min: 3_000, max: 4_000 }))
  const { sums } = await readSlots(counts, SERIES, [{ from: START, to: START + 10 }])
  assert.deepEqual(sums, [{ ...EMPTY, count: 2, values: 2, sum: 7_000n, min: 3_000, max: 4_000 }])
})

test('a read of the store that is stale makes the answer stale', async () => {
  const counts = {
    read: async (_: unknown, { resolution }: { resolution: string }) => ({
      periods: [],
      stale: resolution === 'hour',
    }),
    types: async () => [],
    firstMinute: async () => null,
  }
  const staleOf = async (from: number, to: number) => (await readSlots(counts, SERIES, [{ from, to }])).stale
  assert.deepEqual([await staleOf(0, 59), await staleOf(0, 61)], [false, true])
})
