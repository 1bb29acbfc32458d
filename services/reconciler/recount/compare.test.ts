import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { NO_TALLY } from '../../../model/tally.ts'
import { type Aggregate, add, EMPTY } from '../../../model/total.ts'
import type { RecountedBucket } from '../../../stores/archive/archive.ts'
import type { HeldMinute } from '../../../stores/counts/counts.ts'
import { compare } from './compare.ts'

const SERIES = { tenant: '', videoId: 'v1', type: 'view' }
const MINUTE = 29_000_000
const VERSION = 1_700_000_000_000

/** The sum of some events with values. */
function sumOf(values: readonly (number | null)[]): Aggregate {
  return values.reduce((sum: Aggregate, value) => {
    const one = { count: 1, values: value === null ? 0 : 1, sum: BigInt(value ?? 0), min: value, max: value }
    return add(sum, one)
  }, EMPTY)
}

function recountedOf(minute: number, all: Aggregate, onTime = all): RecountedBucket {
  return { bucket: { ...SERIES, minute }, all, onTime }
}

const VALUES = fc.array(fc.option(fc.integer({ min: -9, max: 9 })), { maxLength: 6 })
/** Events that the stream took, others that came late, and some of the first that a broken stream lost. */
const BUCKETS = fc.array(fc.record({ onTime: VALUES, late: VALUES, lost: fc.nat(6) }), { maxLength: 8 })

it('corrects every bucket to the recount, whatever the stream lost and whatever was corrected before', () => {
  fc.assert(
    fc.property(BUCKETS, BUCKETS, (buckets, earlier) => {
      const recounted: RecountedBucket[] = []
      const held: HeldMinute[] = []
      for (const [i, { onTime, late, lost }] of buckets.entries()) {
        const minute = MINUTE + i
        const all = sumOf([...onTime, ...late])
        if (all.count > 0) recounted.push(recountedOf(minute, all, sumOf(onTime)))
        const stream = sumOf(onTime.slice(lost))
        const batch = sumOf(earlier[i]?.late ?? [])
        if (stream.count + batch.count > 0)
          held.push({ minute, stream, batch: batch.count > 0 ? batch : null })
      }
      const { corrections, tally } = compare(SERIES, recounted, held, VERSION)
      const after = new Map(held.map(({ minute, stream, batch }) => [minute, add(stream, batch ?? EMPTY)]))
      for (const { bucket, total } of corrections) {
        const { upTo, ...correction } = total
        assert.equal(upTo, VERSION)
        const stream = held.find(({ minute }) => minute === bucket.minute)?.stream ?? EMPTY
        after.set(bucket.minute, add(stream, correction))
      }
      for (const { minute } of held.filter(({ batch }) => batch !== null)) {
        const again = corrections.some(({ bucket }) => bucket.minute === minute)
        assert.ok(again, 'what was read of an earlier correction may be what a failed write left')
      }
      for (const { bucket, all } of recounted) assert.deepEqual(after.get(bucket.minute), all)
      const all = recounted.reduce((sum, bucket) => sum + bucket.all.count, 0)
      const left = Array.from(after.values()).reduce((sum, { count }) => sum + count, 0)
      assert.equal(left, all)
      assert.equal(tally.equal + tally.differing, tally.buckets)
    }),
  )
})

it('leaves alone what is right', () => {
  const right = sumOf([1, 2])
  const held = [{ minute: MINUTE, stream: right, batch: null }]
  const { corrections, tally } = compare(SERIES, [recountedOf(MINUTE, right)], held, VERSION)
  assert.deepEqual(corrections, [])
  assert.deepEqual(tally, { ...NO_TALLY, buckets: 1, equal: 1 })
})

it('tells late events from a stream that was wrong', () => {
  const late = recountedOf(MINUTE, sumOf([1, 2, 3]), sumOf([1, 2]))
  const wrong = recountedOf(MINUTE + 1, sumOf([4, 5]))
  const held = [
    { minute: MINUTE, stream: sumOf([1, 2]), batch: null },
    { minute: MINUTE + 1, stream: sumOf([4]), batch: null },
    { minute: MINUTE + 2, stream: sumOf([6]), batch: null },
  ]
  const { corrections, tally } = compare(SERIES, [late, wrong], held, VERSION)
  assert.deepEqual(
    corrections.map(({ bucket, total }) => [bucket.minute - MINUTE, total.count, total.sum]),
    [
      [0, 1, 3n],
      [1, 1, 5n],
      [2, -1, -6n],
    ],
  )
  const expected = { buckets: 3, equal: 0, differing: 3, difference: 3, lateApplied: 1 }
  assert.deepEqual(tally, { ...expected, unexplained: 2, unexplainedDifference: 2 })
})
