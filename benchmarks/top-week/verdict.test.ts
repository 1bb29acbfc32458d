import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Listed, type Verdict, verdictOf } from './verdict.ts'

const COUNTS: Readonly<Record<string, number>> = { a: 9, b: 7, c: 5 }
const PREVIOUS: Readonly<Record<string, number>> = { a: 4 }

const truth = {
  top: [
    { videoId: 'a', count: 9 },
    { videoId: 'b', count: 7 },
  ],
  limit: 2,
  countOf: (videoId: string) => COUNTS[videoId] ?? 0,
  previousOf: null,
}

const listed = (counts: Record<string, number>, meta: Listed['meta']): Listed => ({
  videos: Object.entries(counts).map(([videoId, count]) => ({ videoId, count })),
  meta,
})

function check(name: string, answer: Listed, expected: Verdict) {
  test(name, () => assert.equal(verdictOf(answer, truth), expected))
}

check('a list that says it is exact must be the true one', listed({ a: 9, b: 7 }, { exact: true }), 'exact')
check('one with another count is wrong', listed({ a: 9, b: 6 }, { exact: true }), 'wrong')
check('one with another video is wrong', listed({ a: 9, c: 5 }, { exact: true }), 'wrong')
check('counts may be too low by the bound', listed({ a: 7, b: 6 }, { exact: false, bound: 2 }), 'bounded')
check('but not by more', listed({ a: 6, b: 6 }, { exact: false, bound: 2 }), 'wrong')
check('nor too high', listed({ a: 10, b: 6 }, { exact: false, bound: 2 }), 'wrong')
check(
  'a missing video may have the bound more than the last',
  listed({ a: 9, c: 5 }, { exact: false, bound: 2 }),
  'bounded',
)
check('but not more', listed({ a: 9, c: 5 }, { exact: false, bound: 1 }), 'wrong')
check('where places are free, no more than the bound', listed({ a: 9 }, { exact: false, bound: 6 }), 'wrong')
check('a list that says that rows are missing is neither', listed({}, { exact: false }), 'lost')

test('of the fastest rising, what was before may be too high by the bound', () => {
  const previousOf = (videoId: string) => PREVIOUS[videoId] ?? 0
  const rising = (previous: number) => ({
    videos: [{ videoId: 'a', count: 8, previous, change: 0 }],
    meta: { exact: false, bound: 1 },
  })
  const verdicts = [4, 5, 6, 3].map((previous) => verdictOf(rising(previous), { ...truth, previousOf }))
  assert.deepEqual(verdicts, ['bounded', 'bounded', 'wrong', 'wrong'])
})
