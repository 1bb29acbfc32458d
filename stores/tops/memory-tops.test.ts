import assert from 'node:assert/strict'
import { test } from 'node:test'
import { minuteOf } from '../../model/bucket.ts'
import { EMPTY } from '../../model/total.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import type { CountRow } from '../counts/counts.ts'
import { openEmbeddedStores } from '../counts/embedded/embedded-stores.ts'
import { MemoryTops } from './memory-tops.ts'
import { topLimits } from './top-limits.ts'
import { TOP_RETENTION_MINUTES } from './tops.ts'
import { topsContract } from './tops-contract.ts'

async function* nothing() {}

async function filled(clock: ManualClock, bytesMax = 1e8): Promise<MemoryTops> {
  const tops = new MemoryTops(clock, topLimits(bytesMax))
  await tops.fill(nothing())
  return tops
}

topsContract('Top lists in memory', async (clock, limits) => {
  const tops = new MemoryTops(clock, limits)
  await tops.fill(nothing())
  return {
    writer: tops,
    reader: () => tops,
    fold: () => tops.fold(),
    bytes: async () => tops.usedBytes,
    close: async () => {},
  }
})

const rowOf = (videoId: string, minute: number, count: number, upTo = count): CountRow => ({
  bucket: { tenant: '', videoId, type: 'view', minute },
  total: { ...EMPTY, count, upTo },
})

test('lists are filled from the counts when a process starts, and whole from then on', async () => {
  await using directory = await temporaryDirectory()
  const stores = await openEmbeddedStores({ directory: directory.path })
  const { counts } = stores
  const clock = new ManualClock()
  const now = minuteOf(clock.nowMs())
  await counts.write('a-0', [
    rowOf('v', now, 3),
    rowOf('ü\u{1f3ac}', now - 5, 4),
    rowOf('v', now - 10_000, 9),
  ])
  await counts.write('a-1', [rowOf('v', now, 5)])
  await counts.write('batch', [rowOf('v', now, -1, 7)])
  const tops = new MemoryTops(clock)
  tops.write('a-0', [rowOf('v', now, 6)]) // newer than what is stored
  assert.equal((await tops.read('', 'view', now - 60, now + 1)).asOfMs, null)
  await tops.fill(counts.rowsFrom(now - TOP_RETENTION_MINUTES))
  const { counts: videos, asOfMs } = await tops.read('', 'view', now - 60, now + 1)
  assert.deepEqual(Object.fromEntries(videos), { v: 10, 'ü\u{1f3ac}': 4 })
  assert.equal(asOfMs, Number.POSITIVE_INFINITY)
  await stores.close()
})

test('without room minutes keep their most counted videos, and say what others may have had', async () => {
  const clock = new ManualClock()
  const now = minuteOf(clock.nowMs())
  const tops = await filled(clock, 40_000)
  const rows = (minute: number) => Array.from({ length: 300 }, (_, i) => rowOf(`v${i}`, minute, 1 + i))
  for (const minute of [now - 3, now - 2, now - 1, now]) {
    tops.write('s', rows(minute))
    await tops.fold()
  }
  const { counts, slacks, bound, asOfMs } = await tops.read('', 'view', now - 3, now + 1)
  assert.equal(asOfMs, Number.POSITIVE_INFINITY)
  assert.ok(bound >= 100 && bound < 1_200, `bound ${bound}`)
  for (let i = 0; i < 300; i++) {
    const truth = 4 * (1 + i)
    const [least, more] = counts.has(`v${i}`) ? [counts.get(`v${i}`)!, slacks.get(`v${i}`) ?? 0] : [0, bound]
    assert.ok(least <= truth && truth <= least + more, `${least} ≤ ${truth} ≤ ${least + more}`)
  }
  assert.ok(tops.usedBytes <= 40_000)
})

test('an hour of which only the sum is left bounds what is in a part of it', async () => {
  const clock = new ManualClock()
  const now = minuteOf(clock.nowMs())
  const hour = Math.floor(now / 60) * 60 - 600
  const tops = await filled(clock, 100_000)
  for (let minute = hour; minute < hour + 60; minute++) {
    const others = Array.from({ length: 9 }, (_, i) => rowOf(`w${i}`, minute, 1))
    tops.write('s', [rowOf('v', minute, 2), ...others])
  }
  for (let pass = 0; pass < 3; pass++) await tops.fold()
  const many = Array.from({ length: 740 }, (_, i) => rowOf(`v${i}`, now, 1 + i))
  tops.write('s', many)
  await tops.fold()
  assert.equal((await tops.read('', 'view', hour, hour + 60)).counts.get('v'), 120)
  const { counts, slacks, bound } = await tops.read('', 'view', hour + 10, hour + 20)
  assert.deepEqual([counts.get('v'), slacks.get('v'), bound], [0, 120, 0])
})

test('minutes are forgotten when no window reaches them any more', async () => {
  const clock = new ManualClock()
  const now = minuteOf(clock.nowMs())
  const tops = await filled(clock)
  tops.write('s', [rowOf('v', now, 1)])
  await tops.fold()
  clock.advance((TOP_RETENTION_MINUTES + 61) * 60_000)
  tops.write('s', [rowOf('w', now, 1), rowOf('w', now + TOP_RETENTION_MINUTES, 2)])
  await tops.fold()
  const { counts, asOfMs } = await tops.read('', 'view', now, now + 60)
  assert.deepEqual([counts.size, asOfMs], [0, null])
})

test('types weigh what they take, however few videos each has, and in the end the oldest hour goes', async () => {
  const clock = new ManualClock()
  const now = minuteOf(clock.nowMs())
  const tops = await filled(clock, 20_000)
  const ofType = (type: string, minute: number): CountRow => {
    const { bucket, total } = rowOf('v', minute, 1)
    return { bucket: { ...bucket, type }, total }
  }
  const whole = async (minute: number) => (await tops.read('', 'view', minute, now + 1)).asOfMs !== null
  tops.write('s', [ofType('view', now - 120), ofType('view', now)])
  assert.equal(await whole(now - 120), true)
  for (let i = 0; i < 100; i++) {
    tops.write('s', [ofType(`t${i}`, now - 120)])
    await tops.fold()
  }
  assert.equal(await whole(now - 120), false, 'the older hour was given up for room, and that is said')
  assert.equal(await whole(now), true)
  assert.ok(tops.usedBytes <= 20_000)
})
