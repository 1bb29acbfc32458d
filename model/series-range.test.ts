import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ALL_SERIES, compareVideos, cutAt, isInRange, isWhole, keysThatCut } from './series-range.ts'

const video = fc.record({
  tenant: fc.constantFrom('', 'a', 'ab', 'b'),
  videoId: fc.constantFrom('a', 'a ', 'ab', 'b', 'é', 'ﬁ', '🎬'),
})

test('what keys cut holds every video in exactly one range', () => {
  fc.assert(
    fc.property(fc.array(video, { minLength: 1 }), fc.integer({ min: 1, max: 9 }), (videos, parts) => {
      const ranges = cutAt(ALL_SERIES, keysThatCut(videos, parts))
      assert.ok(ranges.length <= parts)
      assert.ok(isWhole(ranges))
      for (const one of videos) assert.equal(ranges.filter((range) => isInRange(range, one)).length, 1)
    }),
  )
})

test('no range that is cut is empty', () => {
  fc.assert(
    fc.property(fc.array(video, { minLength: 1 }), fc.integer({ min: 1, max: 9 }), (videos, parts) => {
      const ranges = cutAt(ALL_SERIES, keysThatCut(videos, parts))
      for (const range of ranges) assert.ok(videos.some((one) => isInRange(range, one)))
    }),
  )
})

test('a range that is missing, doubled or moved leaves no whole', () => {
  const keys = ['b', 'd', 'f'].map((videoId) => ({ tenant: '', videoId }))
  const ranges = cutAt(ALL_SERIES, keys)
  assert.ok(isWhole(ranges.toReversed()))
  for (const i of ranges.keys()) {
    assert.ok(!isWhole(ranges.toSpliced(i, 1)), `without ${i}`)
    assert.ok(!isWhole([...ranges, ranges[i]!]), `${i} twice`)
  }
  for (const videoId of ['a', 'c']) {
    assert.ok(!isWhole(ranges.with(0, { from: null, to: { tenant: '', videoId } })), videoId)
  }
  assert.ok(!isWhole([]))
})

test('videos are ordered by the bytes of UTF-8, tenants first', () => {
  const keys = [
    { tenant: '', videoId: 'z' },
    { tenant: 'a', videoId: 'ﬁ' },
    { tenant: 'a', videoId: '🎬' },
    { tenant: 'b', videoId: 'a' },
  ]
  assert.deepEqual(keys.toReversed().sort(compareVideos), keys)
})
