import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row } from './row.ts'
import { rebase, toEvents } from './to-events.ts'

test('rebased times keep their order and fill the span from end to end', () => {
  const timeOf = rebase({ firstMs: 1_000, lastMs: 5_000 }, { firstMs: 100, lastMs: 300 })
  assert.deepEqual([1_000, 1_010, 3_000, 4_999, 5_000].map(timeOf), [100, 100, 200, 299, 300])
})

test('a file of one moment goes to the end of the span, and the same span changes nothing', () => {
  assert.equal(rebase({ firstMs: 7, lastMs: 7 }, { firstMs: 100, lastMs: 300 })(7), 300)
  const years = { firstMs: Date.UTC(2003, 4, 7, 18, 9), lastMs: Date.UTC(2008, 1, 23, 0, 59) }
  assert.equal(rebase(years, years)(years.lastMs), years.lastMs)
})

function row(given: Partial<Row>): Row {
  return {
    line: 9,
    id: undefined,
    videoId: 'v',
    timeMs: 60,
    type: 'share',
    value: 2.5,
    viewerId: 'u',
    channelId: undefined,
    attributes: undefined,
    ...given,
  }
}

const later = (timeMs: number) => timeMs + 1

test('a plain row is one event', () => {
  assert.deepEqual(toEvents(row({}), 'plain', later, ''), [
    { id: 'r9', videoId: 'v', type: 'share', time: 61, value: 2.5, viewerId: 'u' },
  ])
  assert.deepEqual(toEvents(row({ id: 'x', value: undefined, viewerId: undefined }), 'plain', later, 'p:'), [
    { id: 'p:x', videoId: 'p:v', type: 'share', time: 61 },
  ])
})

function checkReview(rating: number | undefined, expected: readonly string[]) {
  const events = toEvents(row({ value: rating }), 'reviews', later, '')
  assert.deepEqual(
    events.map((event) => `${event.id} ${event.type} ${event.value}`),
    expected,
  )
}

test('a review is a view with its rating, and a like for 5 and a dislike for 0 or 1', () => {
  checkReview(5, ['r9-view view 5', 'r9-like like undefined'])
  checkReview(4, ['r9-view view 4'])
  checkReview(2, ['r9-view view 2'])
  checkReview(1, ['r9-view view 1', 'r9-dislike dislike undefined'])
  checkReview(0, ['r9-view view 0', 'r9-dislike dislike undefined'])
  checkReview(undefined, ['r9-view view undefined'])
})
