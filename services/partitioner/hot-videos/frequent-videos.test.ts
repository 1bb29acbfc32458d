import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FrequentVideos } from './frequent-videos.ts'

const notes = fc.array(
  fc.record({
    video: fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom('hot', 'warm') },
      { weight: 3, arbitrary: fc.nat(500).map(String) },
    ),
    events: fc.integer({ min: 1, max: 100 }),
  }),
  { maxLength: 2_000, size: 'max' },
)

test('memory is bounded, no video is underrated, and the error stays within its bound', () => {
  fc.assert(
    fc.property(notes, fc.integer({ min: 2, max: 64 }), (all, videosMax) => {
      const frequent = new FrequentVideos(videosMax)
      const truth = new Map<string, number>()
      for (const { video, events } of all) {
        frequent.add(video, events)
        truth.set(video, (truth.get(video) ?? 0) + events)
        assert.ok(frequent.size <= videosMax)
      }
      const atMost = frequent.atMost()
      assert.equal(
        frequent.events,
        all.reduce((sum, { events }) => sum + events, 0),
      )
      assert.ok(frequent.errorMax <= (2 * frequent.events) / videosMax)
      for (const [video, events] of truth) {
        const found = atMost.get(video)
        if (events > frequent.errorMax) assert.ok(found !== undefined, `${video} is missed`)
        if (found !== undefined)
          assert.ok(found >= events && found <= events + frequent.errorMax, `${video}: ${found} of ${events}`)
      }
    }),
    { numRuns: 60 },
  )
})

test('a video that most events name is found among any number of others', () => {
  const frequent = new FrequentVideos(64)
  for (let i = 0; i < 20_000; i++) frequent.add(i % 10 === 0 ? 'hot' : `v${i}`, 1)
  const atMost = frequent.atMost()
  const [first] = Array.from(atMost).sort(([, a], [, b]) => b - a)
  assert.equal(first![0], 'hot')
  assert.ok(frequent.size <= 64)
})

test('what fits is counted exactly', () => {
  const frequent = new FrequentVideos(3)
  frequent.add('a', 5)
  frequent.add('b', 1)
  frequent.add('a', 2)
  assert.deepEqual(Array.from(frequent.atMost()), [
    ['a', 7],
    ['b', 1],
  ])
  assert.equal(frequent.errorMax, 0)
})
