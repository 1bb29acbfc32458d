import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE_MS } from '../../model/bucket.ts'
import { EMPTY } from '../../model/total.ts'
import { MemoryCounts } from '../../testing/memory-counts.ts'
import { slotsOf } from './range-slots.ts'
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
