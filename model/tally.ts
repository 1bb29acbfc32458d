// The result of comparing recounted buckets with those of the stream: numbers that add up over series and hours.
// Pure.

export type Tally = {
  readonly buckets: number
  /** Buckets in which the stream by itself held what the recount gave. */
  readonly equal: number
  readonly differing: number
  /** The sum over buckets of |recount − stream|, in events. */
  readonly difference: number
  /** Events that came too late for the stream and were counted by the recount. */
  readonly lateApplied: number
  /** Buckets that differ for another reason than late events: the stream was wrong. */
  readonly unexplained: number
  /** The sum over them of |what the stream should hold − what it holds|, in events. */
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

/** Picks the fields of a tally from an object that may have more. */
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
