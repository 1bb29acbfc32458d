import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splitSpans, stateOf } from './splits.ts'

const at = (minute: number) => new Date(minute * 60_000).toISOString()
const split = (video: string, parts: number, automatic = true) => ({ video, parts, automatic })

test('a split lasts over all layouts that have it alike, until the first that has not', () => {
  const layouts = [
    { from: at(40), splits: [split('b', 2)] },
    { from: at(30), splits: [split('b', 2), split('a', 8)] },
    { from: at(20), splits: [split('a', 4)] },
    { from: at(10), splits: [split('a', 4)] },
    { from: at(0), splits: [] },
  ]
  const spans = splitSpans(layouts).map(({ video, parts, fromMs, toMs }) => [
    video,
    parts,
    fromMs / 60_000,
    toMs === null ? null : toMs / 60_000,
  ])
  assert.deepEqual(spans, [
    ['b', 2, 30, null],
    ['a', 8, 30, 40],
    ['a', 4, 10, 30],
  ])
})

test('a split is coming, on, or over', () => {
  const [span] = splitSpans([
    { from: at(20), splits: [] },
    { from: at(10), splits: [split('a', 2)] },
  ])
  assert.deepEqual(
    [5, 10, 19, 20].map((minute) => stateOf(span!, minute * 60_000)),
    ['coming', 'split', 'split', 'ended'],
  )
})

test('without layouts there is none', () => {
  assert.deepEqual(splitSpans([]), [])
})
