// The strong audit of one series: what the raw events give, bucket by bucket, against what the stream holds. Pure.
import type { Series } from '../model/bucket.ts'
import { type Aggregate, EMPTY } from '../model/total.ts'
import type { RecountedBucket } from '../ports/archive.ts'
import type { CountRow, Period } from '../ports/counts.ts'

/** Counts of buckets, and sums over them in events; see HourAudit. */
export type Tally = {
  readonly buckets: number
  readonly equal: number
  readonly differing: number
  readonly difference: number
  readonly lateApplied: number
  readonly unexplained: number
  readonly unexplainedDifference: number
}

export const NO_TALLY: Tally = {
  buckets: 0,
  equal: 0,
  differing: 0,
  difference: 0,
  lateApplied: 0,
  unexplained: 0,
  unexplainedDifference: 0,
}

export type Comparison = {
  readonly tally: Tally
  /** What the batch source must hold so that the sum over all sources is the recount; where it is so, nothing. */
  readonly corrections: readonly CountRow[]
}

type Bucket = {
  all: Aggregate
  onTime: Aggregate
  stream: Aggregate
  counted: Aggregate
}

/**
 * @param stream what the stream holds of the same minutes
 * @param counted what queries answer of them now, earlier corrections included
 * @param version of the corrections: the higher one wins
 */
export function compare(
  series: Series,
  recounted: readonly RecountedBucket[],
  stream: readonly Period[],
  counted: readonly Period[],
  version: number,
): Comparison {
  const corrections: CountRow[] = []
  let tally = NO_TALLY
  for (const [minute, bucket] of byMinute(recounted, stream, counted)) {
    const { all, stream, counted } = bucket
    tally = addTallies(tally, tallyOf(bucket))
    if (isSame(all, counted)) continue
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
  return { tally, corrections }
}

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    buckets: a.buckets + b.buckets,
    equal: a.equal + b.equal,
    differing: a.differing + b.differing,
    difference: a.difference + b.difference,
    lateApplied: a.lateApplied + b.lateApplied,
    unexplained: a.unexplained + b.unexplained,
    unexplainedDifference: a.unexplainedDifference + b.unexplainedDifference,
  }
}

function byMinute(
  recounted: readonly RecountedBucket[],
  stream: readonly Period[],
  counted: readonly Period[],
): Map<number, Bucket> {
  const buckets = new Map<number, Bucket>()
  const at = (minute: number): Bucket => {
    const bucket = buckets.get(minute) ?? { all: EMPTY, onTime: EMPTY, stream: EMPTY, counted: EMPTY }
    buckets.set(minute, bucket)
    return bucket
  }
  for (const { bucket, all, onTime } of recounted) Object.assign(at(bucket.minute), { all, onTime })
  for (const { start, aggregate } of stream) at(start).stream = aggregate
  for (const { start, aggregate } of counted) at(start).counted = aggregate
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

/** A total of nothing is the same as none. */
function isSame(a: Aggregate, b: Aggregate): boolean {
  return a.count === b.count && a.values === b.values && a.sum === b.sum && a.min === b.min && a.max === b.max
}
