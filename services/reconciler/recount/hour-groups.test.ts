import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { EMPTY } from '../../../model/total.ts'
import type { RecountedBucket } from '../../../stores/archive/archive.ts'
import { hourGroups } from './hour-groups.ts'

const HOUR = 29_000_040
const BUCKETS: readonly RecountedBucket[] = [HOUR, HOUR + 60].flatMap((hour) =>
  ['v1', 'v2'].flatMap((videoId) =>
    ['like', 'view'].flatMap((type) =>
      [0, 1, 59].map((minute) => ({
        bucket: { tenant: '', videoId, type, minute: hour + minute },
        all: EMPTY,
        onTime: EMPTY,
      })),
    ),
  ),
)

it('gives each series of an hour whole, wherever the lots are cut', async () => {
  const CUTS = fc.uniqueArray(fc.integer({ min: 1, max: BUCKETS.length - 1 }))
  await fc.assert(
    fc.asyncProperty(CUTS, async (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), BUCKETS.length]
      async function* lots() {
        for (const [i, from] of edges.slice(0, -1).entries()) yield BUCKETS.slice(from, edges[i + 1])
      }
      const groups = []
      for await (const lot of hourGroups(lots())) groups.push(...lot)
      assert.deepEqual(
        groups.flatMap(({ buckets }) => buckets),
        BUCKETS,
      )
      assert.equal(groups.length, 8)
      for (const { hour, series, buckets } of groups) {
        assert.equal(buckets.length, 3)
        for (const { bucket } of buckets) {
          assert.deepEqual(bucket, { ...series, minute: bucket.minute })
          assert.ok(bucket.minute >= hour && bucket.minute < hour + 60)
        }
      }
    }),
  )
})

it('gives nothing for nothing', async () => {
  async function* lots() {}
  for await (const _ of hourGroups(lots())) assert.fail('a group of nothing')
})
