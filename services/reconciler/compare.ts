// The strong audit of one series: what the raw events give, bucket by bucket, against what the stream holds. Pure.
import type { Series } from '../../model/bucket.ts'
import { addAt, EMPTY_QUARTERS, type Quarters } from '../../model/quarters.ts'
import { addTallies, NO_TALLY, type Tally } from '../../model/tally.ts'
import { type Aggregate, add, EMPTY, isSame } from '../../model/total.ts'
import type { RecountedBucket } from '../../stores/archive/archive.ts'
import type { CountRow, HeldMinute } from '../../stores/counts/counts.ts'

export type Comparison = {
  readonly tally: Tally
  /**
   * What the batch source must hold so that the sum over all sources is the recount; of minutes in which the stream
   * alone holds it and was never corrected, nothing. A correction that is right already is given again: it may have
   * been read from one replica, where an attempt that failed had left it.
   */
  readonly corrections: readonly CountRow[]
  /** Events of which the raw events are gone: no correction takes them away. */
  readonly lost: number
  /**
   * What the minutes of each quarter of the hour add up to when the corrections are written; null where that is not for
   * a recount to say.
   */
  readonly quarters: Quarters | null
}

type Bucket = {
  all: Aggregate
  onTime: Aggregate
  stream: Aggregate
  batch: Aggregate | null
}

/**
 * @param recounted of one hour
 * @param held of the same minutes
 * @param version of the corrections: the higher one wins
 * @param before the count that an earlier recount of the same minutes gave; null where there was none. Raw events only
 *   ever come, so that where there are fewer now, some got lost
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

/** Before the corrections: where no stream has changed since, what the earlier recount gave. */
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
