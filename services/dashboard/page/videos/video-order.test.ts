import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Sort, SortKey } from '../route.ts'
import { nextSort, ordered, pageOf, type Row } from './video-order.ts'

function row(videoId: string, change: Partial<Row> = {}): Row {
  const counts = { views: 0, likes: 0, dislikes: 0, shares: 0, time: 0 }
  return { videoId, title: videoId, channel: null, publishedMs: null, asOf: null, ...counts, ...change }
}

describe('sorted by', () => {
  const rows = [
    row('b', { views: 10, dislikes: 1, channel: 'Tide', publishedMs: 5 }),
    row('a', { views: 10 }),
    row('Part 10', { views: 2, channel: 'rail', publishedMs: 9 }),
    row('part 9', { views: 30, publishedMs: 7 }),
  ]
  const check = (sort: Sort, expected: readonly string[]) =>
    test(sort, () =>
      assert.deepEqual(
        ordered(rows, sort).map(({ videoId }) => videoId),
        expected,
      ),
    )
  check('title', ['a', 'b', 'part 9', 'Part 10'])
  check('-title', ['Part 10', 'part 9', 'b', 'a'])
  check('-views', ['part 9', 'a', 'b', 'Part 10'])
  check('views', ['Part 10', 'a', 'b', 'part 9'])
  check('channel', ['Part 10', 'b', 'a', 'part 9'])
  check('-channel', ['b', 'Part 10', 'a', 'part 9'])
  check('-dislikes', ['b', 'a', 'part 9', 'Part 10'])
  check('-published', ['Part 10', 'part 9', 'b', 'a'])
})

describe('a click on a column', () => {
  const check = (sort: Sort, key: SortKey, expected: Sort) =>
    test(`${sort}, ${key}`, () => assert.equal(nextSort(sort, key), expected))
  check('-views', 'views', 'views')
  check('views', 'views', '-views')
  check('-views', 'title', 'title')
  check('title', 'title', '-title')
  check('title', 'published', '-published')
})

test('pages follow each other, and the last one is the nearest to one beyond it', () => {
  const rows = Array.from({ length: 45 }, (_, at) => row(`v${at}`))
  const sizes = [1, 2, 3, 9]
    .map((at) => pageOf(rows, at))
    .map((page) => [page.at, page.first, page.rows.length])
  assert.deepEqual(sizes, [
    [1, 1, 20],
    [2, 21, 20],
    [3, 41, 5],
    [3, 41, 5],
  ])
  assert.deepEqual(pageOf([], 4), { rows: [], at: 1, pages: 1, first: 0 })
})
