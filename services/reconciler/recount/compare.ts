// The strong audit of one series: compares the recount of the raw events with the stream, bucket by bucket. Pure.
import type { Series } from '../../../model/bucket.ts'
import { addAt, EMPTY_QUARTERS, type Quarters } from '../../../model/quarters.ts'
import { addTallies, NO_TALLY, type Tally } from '../../../model/tally.ts'
import { type Aggregate, add, EMPTY, isSame } from '../../../model/total.ts'
import type { RecountedBucket } from '../../../stores/archive/archive.ts'
import type { CountRow, HeldMinute } from '../../../stores/counts/counts.ts'

export type Comparison = {
  readonly tally: Tally
  /**
   * The rows that the batch source must hold so that the sum over all sources is the recount; none for minutes that
   * the stream holds correctly and that were never corrected. A correct correction is returned again: it may have
   * been read from a single replica, where a failed write had left it.
   */
  readonly corrections: readonly CountRow[]
  /** Counted events whose raw events are gone: no correction removes them. */
  readonly lost: number
  /** The sums of each quarter of the hour after the corrections are written; null if the recount cannot know them. */
  readonly quarters: Quarters | null
}

type Bucket = {
  all: Aggregate
  onTime: Aggregate
  stream: Aggregate
  batch: Aggregate | null
}

/**
 * @param recounted buckets of one hour
 * @param held stored rows of the same minutes
 * @param version of the corrections: the higher one wins
 * @param before the count that an earlier recount of the same minutes gave; null if there was none. Raw events are
 *   only added, so if there are fewer now, some were lost
 */
export function compare(
  series: Series,
  recounted: readonly RecountedBucket[],
  held: readonly HeldMinute[],
  version: number,
  before: number | null = null,
): Comparison {
  const corrections: CountRow[] = []
  let tally = NO_TALLY
  let lost = 0
  let quarters = EMPTY_QUARTERS
  const buckets = byMinute(recounted, held)
  const isKnown = before === countOf(buckets, countedOf)
  for (const [minute, bucket] of buckets) {
    const { all, stream, batch } = bucket
    tally = addTallies(tally, tallyOf(bucket))
    const fewer = isKnown ? Math.max(0, countedOf(bucket) - all.count) : 0
    lost += fewer
    quarters = addAt(quarters, minute, fewer > 0 ? add(stream, batch ?? EMPTY) : all)
    if (fewer > 0 || (batch === null && isSame(all, stream))) continue
    const total = {
      count: all.count - stream.count,
      values: all.values - stream.values,
      sum: all.sum - stream.sum,
      min: all.min,
      max: all.max,
      upTo: version,
    }
    corrections.push({ bucket: { ...series, minute }, total })
  }
  const found = countOf(buckets, ({ all }) => all.count)
  if (!isKnown && before !== null && found < before) {
    return { tally, corrections: [], lost: before - found, quarters: null }
  }
  return { tally, corrections, lost, quarters }
}

function countOf(buckets: ReadonlyMap<number, Bucket>, count: (bucket: Bucket) => number): number {
  return buckets.values().reduce((sum, bucket) => sum + count(bucket), 0)
}

/** The count before the corrections: equals the earlier recount if the stream has not changed since. */
function countedOf({ stream, batch }: Bucket): number {
  return stream.count + (batch?.count ?? 0)
}

function byMinute(recounted: readonly RecountedBucket[], held: readonly HeldMinute[]): Map<number, Bucket> {
  const buckets = new Map<number, Bucket>()
  const at = (minute: number): Bucket => {
    const bucket = buckets.get(minute) ?? { all: EMPTY, onTime: EMPTY, stream: EMPTY, batch: null }
    buckets.set(minute, bucket)
    return bucket
  }
  for (const { bucket, all, onTime } of recounted) Object.assign(at(bucket.minute), { all, onTime })
  for (const { minute, stream, batch } of held) Object.assign(at(minute), { stream, batch })
  return buckets
}

function tallyOf({ all, onTime, stream }: Bucket): Tally {
  const equal = isSame(all, stream)
  const explained = isSame(onTime, stream)
  return {
    buckets: 1,
    equal: equal ? 1 : 0,
    differing: equal ? 0 : 1,
    difference: Math.abs(all.count - stream.count),
    lateApplied: all.count - onTime.count,
    unexplained: explained ? 0 : 1,
    unexplainedDifference: Math.abs(onTime.count - stream.count),
  }
}
