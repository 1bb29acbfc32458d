import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { showTimesIn } from '../format.ts'
import { countedRows, noteText, oldestOf } from './counted-rows.ts'

const EARLIER = '2026-11-21T08:00:00.000Z'
const LATER = '2026-11-21T09:00:00.000Z'
const VIDEOS = ['a', 'b', 'c'].map((videoId) => ({ videoId }))
const NONE = { views: 0, likes: 0, dislikes: 0, shares: 0, time: 0 }

function countsAt(asOf: string | null, views: Readonly<Record<string, number>>) {
  const counts = Object.entries(views).map(([id, count]) => [id, { ...NONE, views: count }] as const)
  return { asOf, counts: new Map(counts) }
}

const ALL = new Set(['a', 'b', 'c'])
const first = countedRows(VIDEOS, ALL, countsAt(EARLIER, { a: 3, b: 2, c: 1 }), [])

test('rows that were not counted again keep their counts and their time', () => {
  const rows = countedRows(VIDEOS, new Set(['a']), countsAt(LATER, { a: 5 }), first)
  assert.deepEqual(
    rows.map(({ views, asOf }) => [views, asOf]),
    [
      [5, LATER],
      [2, EARLIER],
      [1, EARLIER],
    ],
  )
})

test('a row that was counted again and is not in the answer has none', () => {
  const [a, b] = countedRows(VIDEOS, new Set(['a']), countsAt(LATER, {}), first)
  assert.deepEqual([a!.views, a!.asOf, b!.views], [0, LATER, 2])
})

test('rows are as old as the oldest of them, and of no known age if one is', () => {
  const rows = countedRows(VIDEOS, new Set(['a']), countsAt(LATER, {}), first)
  assert.equal(oldestOf(rows), EARLIER)
  assert.equal(oldestOf(rows.slice(0, 1)), LATER)
  assert.equal(oldestOf(countedRows(VIDEOS, new Set(['a']), countsAt(null, {}), first)), null)
  assert.equal(oldestOf([]), null)
})

describe('the note says', () => {
  showTimesIn('UTC')
  const note = { rangeName: 'last hour', asOf: null, isLost: false, listed: null, areMost: false }
  const check = (change: Partial<Parameters<typeof noteText>[0]>, expected: RegExp) =>
    test(String(expected), () => assert.match(noteText({ ...note, ...change }), expected))
  check({}, /^Counts: last hour\.$/)
  check({ asOf: EARLIER }, /^Counts: last hour\. As of 0?8:00:00.*\.$/)
  check({ isLost: true }, /^Connection lost\. Retrying… Counts: last hour\.$/)
  check({ listed: 7, areMost: true }, /Listed are the highest 7: find others by the search\.$/)
  check({ listed: 7 }, /^Counts: last hour\. Listed are the first 7: find others by the search\.$/)
})
