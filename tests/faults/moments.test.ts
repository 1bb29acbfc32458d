import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshSinceMs, longestGapMs, type Sighting } from './moments.ts'

test('the longest gap lies between moments, or at either end of the stretch', () => {
  const check = (moments: number[], gapMs: number) => assert.equal(longestGapMs(moments, 100, 200), gapMs)
  check([], 100)
  check([150], 50)
  check([110, 180, 190], 70)
  check([160, 165], 60)
  check([50, 99, 130, 250], 70)
})

test('counts are fresh since the first of the last sightings that were all fresh', () => {
  const check = (sightings: readonly (readonly [atMs: number, lagMs: number])[], sinceMs: number | null) => {
    const all: Sighting[] = sightings.map(([atMs, lagMs]) => ({ atMs, lagMs }))
    assert.equal(freshSinceMs(all, 10_000), sinceMs)
  }
  check([], null)
  check([[9_000, 100]], 9_000)
  check(
    [
      [8_000, 100],
      [9_000, 3_001],
    ],
    null,
  )
  check(
    [
      [7_000, 9_000],
      [8_000, 3_000],
      [9_000, 100],
    ],
    8_000,
  )
  check(
    [
      [4_000, 100],
      [8_000, 100],
      [9_000, 100],
    ],
    8_000,
  )
  check([[6_999, 100]], null)
})
