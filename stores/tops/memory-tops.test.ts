import assert from 'node:assert/strict'
import { test } from 'node:test'
import { minuteOf } from '../../model/bucket.ts'
import { EMPTY } from '../../model/total.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import type { CountRow } from '../counts/counts.ts'
import { openEmbeddedStores } from '../counts/embedded/embedded-stores.ts'
import { MemoryTops } from './memory-tops.ts'
import { TOP_RETENTION_MINUTES } from './tops.ts'
import { topsContract } from './tops-contract.ts'

async function* nothing() {}

async function filled(clock: ManualClock, entriesMax?: number): Promise<MemoryTops> {
  const tops = new MemoryTops(clock, entriesMax)
  await tops.fill(nothing())
  return tops
}

topsContract('Top lists in memory', async (clock) => {
  const tops = new MemoryTops(clock)
  await tops.fill(nothing())
  return { writer: tops, reader: () => tops, close: async () => {} }
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

test('at the bound old minutes keep their most counted videos, and say what others may have had', async () => {
  const clock = new ManualClock()
  const now = minuteOf(clock.nowMs())
  const tops = await filled(clock, 1_100)
  const rows = (minute: number) => Array.from({ length: 300 }, (_, i) => rowOf(`v${i}`, minute, 1 + i))
  for (const minute of [now - 3, now - 2, now - 1, now]) tops.write('s', rows(minute))
  const { counts, bound, asOfMs } = await tops.read('', 'view', now - 3, now + 1)
  assert.equal(asOfMs, Number.POSITIVE_INFINITY)
  assert.ok(bound >= 100, `bound ${bound}`)
  for (let i = 0; i < 300; i++) {
    const [held, truth] = [counts.get(`v${i}`) ?? 0, 4 * (1 + i)]
    assert.ok(held <= truth && truth <= held + bound, `${held} ≤ ${truth} ≤ ${held} + ${bound}`)
  }
  assert.equal((await tops.read('', 'view', now, now + 1)).bound, 0)
})

test('where that is not enough the oldest minutes are given up, and lists of them are not whole', async () => {
  const clock = new ManualClock()
  const now = minuteOf(clock.nowMs())
  const tops = await filled(clock, 1_300)
  for (let minute = now - 200; minute <= now; minute++) tops.write('s', [rowOf('v', minute, 1)])
  assert.equal((await tops.read('', 'view', now - 200, now)).asOfMs, null)
  const { counts, asOfMs } = await tops.read('', 'view', now - 50, now)
  assert.deepEqual([counts.get('v'), asOfMs], [50, Number.POSITIVE_INFINITY])
})

test('minutes are forgotten when no window reaches them any more', async () => {
  const clock = new ManualClock()
  const now = minuteOf(clock.nowMs())
  const tops = await filled(clock)
  tops.write('s', [rowOf('v', now, 1)])
  clock.advance((TOP_RETENTION_MINUTES + 1) * 60_000)
  tops.write('s', [rowOf('w', now, 1), rowOf('w', now + TOP_RETENTION_MINUTES, 2)])
  const { counts, asOfMs } = await tops.read('', 'view', now, now + 60)
  assert.deepEqual([counts.size, asOfMs], [0, null])
})

test('types weigh what they take, however few videos each has', async () => {
  const clock = new ManualClock()
  const now = minuteOf(clock.nowMs())
  const tops = await filled(clock, 1_000)
  const ofType = (type: string, minute: number): CountRow => {
    const { bucket, total } = rowOf('v', minute, 1)
    return { bucket: { ...bucket, type }, total }
  }
  const whole = async (minute: number) => (await tops.read('', 'view', minute, now + 1)).asOfMs !== null
  tops.write('s', [ofType('view', now - 1), ofType('view', now)])
  assert.equal(await whole(now - 1), true)
  for (let i = 0; i < 100; i++) tops.write('s', [ofType(`t${i}`, now - 1)])
  assert.equal(await whole(now - 1), false, 'the older minute was given up for room, and that is said')
  assert.equal(await whole(now), true)
})
