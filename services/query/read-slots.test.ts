import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MemoryCounts } from '../adapters/counts/memory-counts.ts'
import { MINUTE_MS } from '../model/bucket.ts'
import { EMPTY } from '../model/total.ts'
import { readSlots } from './read-slots.ts'
import { slotsOf } from './slots.ts'
import type { Granularity } from './vocabulary.ts'

const SERIES = { tenant: '', videoId: 'v', type: 'view' }
/** Clocks are set back in Europe on 25 October 2026, and in America on 1 November. */
const START = Date.UTC(2026, 9, 20) / MINUTE_MS
const SPAN = 14 * 1_440

async function countsOf(minutes: readonly number[]): Promise<MemoryCounts> {
  const counts = new MemoryCounts()
  for (const minute of new Set(minutes)) {
    const count = minutes.filter((other) => other === minute).length
    await counts.write('s', [{ bucket: { ...SERIES, minute }, total: { ...EMPTY, count, upTo: 0 } }])
  }
  return counts
}

const UNIT = { PT1M: 'minute', PT1H: 'hour', P1D: 'day' } as const

/** The start of the local minute, hour or day of a minute since the epoch, found by the calendar. */
function localStart(minute: number, granularity: Granularity, timeZone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(minute * MINUTE_MS).toZonedDateTimeISO(timeZone)
  return local.round({ smallestUnit: UNIT[granularity], roundingMode: 'floor' }).toInstant().toString()
}

test('every event is added to its local period, and to no other', async () => {
  const minute = fc.nat(SPAN).map((after) => START + after)
  const zone = fc.constantFrom('UTC', 'Asia/Kolkata', 'Asia/Kathmandu', 'Europe/Berlin', 'America/New_York')
  const granularity = fc.constantFrom<Granularity>('PT1M', 'PT1H', 'P1D')
  const minutes = fc.array(minute, { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(
      minutes,
      fc.tuple(minute, minute),
      granularity,
      zone,
      async (minutes, edges, unit, zone) => {
        const range = { from: Math.min(...edges), to: Math.max(...edges) }
        const slots = slotsOf(range, unit, zone)
        const { sums } = await readSlots(await countsOf(minutes), SERIES, slots)

        const expected = new Map<string, number>()
        for (const minute of minutes.filter((at) => range.from <= at && at < range.to)) {
          const start = localStart(minute, unit, zone)
          expected.set(start, (expected.get(start) ?? 0) + 1)
        }
        const found = slots
          .map(({ start }, at) => [localStart(start, 'PT1M', zone), sums[at]!.count] as const)
          .filter(([, count]) => count > 0)
        assert.deepEqual(new Map(found), expected)
      },
    ),
    { numRuns: 60 },
  )
})

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
