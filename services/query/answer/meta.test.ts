import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { metaOf, type Progress, progressOf } from './meta.ts'

const RANGE = { from: 100, to: 110 }
const END_MS = RANGE.to * MINUTE_MS
const READ = { stale: false, asOfMs: Number.POSITIVE_INFINITY }

const progress = (given: Partial<Progress>): Progress => ({
  ...{ asOfMs: END_MS, sureToMs: END_MS, coverage: null, vouched: null, importing: null },
  ...given,
})
const isComplete = (given: Partial<Progress>) => metaOf(RANGE, progress(given), READ).complete

test('an answer is complete only as far as it is sure that nothing waits outside the log', () => {
  assert.equal(isComplete({}), true)
  assert.equal(isComplete({ asOfMs: END_MS - 1 }), false)
  assert.equal(isComplete({ sureToMs: END_MS - 1 }), false)
  assert.equal(metaOf(RANGE, progress({ sureToMs: 0 }), READ).asOf, '1970-01-01T01:50:00.000Z')
})

test('where nothing can wait outside the log, all that is counted is sure', () => {
  const deps = { coverage: () => null, progress: () => ({ asOfMs: END_MS }) }
  assert.equal(progressOf(deps as Parameters<typeof progressOf>[0], RANGE).sureToMs, END_MS)
})

test('an answer from the beginning is not complete where counts are lost, wherever the first count is', () => {
  const vouched = (fromMinute: number) => ({
    ...{ coverage: () => null, progress: () => ({ asOfMs: END_MS }) },
    vouched: () => ({ fromMinute, toMs: Number.POSITIVE_INFINITY }),
  })
  const isCompleteFrom = (from: number | null, lostBefore: number) => {
    const deps = vouched(lostBefore) as unknown as Parameters<typeof progressOf>[0]
    return metaOf(RANGE, progressOf(deps, { from }), READ).complete
  }
  assert.equal(isCompleteFrom(RANGE.from, 50), true)
  assert.equal(isCompleteFrom(null, 50), false)
  assert.equal(isCompleteFrom(null, Number.NEGATIVE_INFINITY), true)
})

test('an answer about minutes with imported events that are not counted says so', () => {
  const about = (from: number, to: number) =>
    metaOf(RANGE, progress({ importing: { from, to }, coverage: { toMinute: 600, exceptHours: [] } }), READ)
  for (const [from, to] of [
    [0, 100],
    [110, 200],
  ] as const) {
    const { complete, reconciled, importing } = about(from, to)
    assert.deepEqual([complete, reconciled, importing], [true, true, undefined])
  }
  for (const [from, to] of [
    [0, 101],
    [105, 106],
    [109, 200],
  ] as const) {
    const { complete, reconciled, importing } = about(from, to)
    assert.deepEqual([complete, reconciled, importing], [false, false, true])
  }
})
