import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EMPTY } from '../../model/total.ts'
import type { CountRow } from '../counts/counts.ts'
import { MemoryTopLists } from './memory-top-lists.ts'
import { topLimits } from './top-limits.ts'
import type { TopList } from './top-list.ts'
import { topGroup } from './top-lists.ts'
import { TopUnion } from './top-union.ts'

const HOUR = 29_000_160
const GROUP = topGroup('', 'view')

const rowOf = (videoId: string, minute: number, count: number): CountRow => ({
  bucket: { tenant: '', videoId, type: 'view', minute },
  total: { ...EMPTY, count, upTo: count },
})

const counted = fc.record({
  video: fc.nat(12).map((n) => `v${n}`),
  minute: fc.integer({ min: 0, max: 179 }),
  count: fc.integer({ min: 1, max: 30 }),
})

/** However few videos of an hour are held: the true count of each lies within its bounds. */
function property(hourVideosMax: number, changed = (list: TopList) => list) {
  const window = fc.tuple(fc.nat(180), fc.nat(180)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
  return fc.asyncProperty(fc.array(counted, { maxLength: 60 }), window, async (some, [from, to]) => {
    const lists = new MemoryTopLists(topLimits(1e8))
    const truth = new Map<string, number>()
    for (const { video, minute, count } of new Map(
      some.map((one) => [`${one.video} ${one.minute}`, one]),
    ).values()) {
      lists.put('s', [rowOf(video, HOUR + minute, count)], 0)
      if (minute >= from && minute < to) truth.set(video, (truth.get(video) ?? 0) + count)
    }
    const read = await new TopUnion(lists, hourVideosMax).read(GROUP, HOUR + from, HOUR + to)
    const list = changed(read.list)
    assert.ok(list.counts.size <= 3 * hourVideosMax)
    for (const [videoId, count] of truth) {
      const least = list.counts.get(videoId)
      const most = least === undefined ? list.floor : least + (list.slacks.get(videoId) ?? 0)
      assert.ok((least ?? 0) <= count && count <= most, `${videoId}: ${least} ≤ ${count} ≤ ${most}`)
    }
  })
}

test('of each hour the most counted videos are held, and bounds say what others may have', async () => {
  for (const hourVideosMax of [1, 4, 100]) await fc.assert(property(hourVideosMax), { numRuns: 200 })
})

test('without the floor that would be wrong', async () => {
  const broken = property(4, (list) => ({ ...list, floor: 0 }))
  await assert.rejects(fc.assert(broken, { numRuns: 2_000 }))
})

test('a minute that others push out of the cache while the rest is loaded is still counted', async () => {
  const lists = new MemoryTopLists(topLimits(1e8))
  const other = topGroup('t', 'view')
  const put = (tenant: string, minute: number) => {
    const { bucket, total } = rowOf('v', HOUR + minute, 5)
    lists.put('s', [{ bucket: { ...bucket, tenant }, total }], 0)
  }
  const load = lists.load.bind(lists)
  const union = new TopUnion(lists, 100, 12)
  put('', 1)
  put('t', 1)
  assert.equal((await union.read(GROUP, HOUR, HOUR + 60)).list.counts.get('v'), 5)
  put('', 2)
  lists.load = async (group, hour, names) => {
    if (group === GROUP) for (let to = 2; to < 20; to++) await union.read(other, HOUR, HOUR + to)
    return load(group, hour, names)
  }
  assert.equal((await union.read(GROUP, HOUR, HOUR + 60)).list.counts.get('v'), 10)
})

test('a day of many videos is held in few', async () => {
  const lists = new MemoryTopLists(topLimits(1e9))
  for (let minute = 0; minute < 60; minute++) {
    const rows = Array.from({ length: 1_000 }, (_, i) => rowOf(`v${minute}-${i}`, HOUR + minute, 1 + (i % 3)))
    lists.put('s', [...rows, rowOf('steady', HOUR + minute, 50)], 0)
  }
  const { list } = await new TopUnion(lists).read(GROUP, HOUR, HOUR + 60)
  assert.deepEqual([list.counts.size, list.counts.get('steady'), list.floor], [20_000, 3_000, 2])
})
