// What a comparison of recounted buckets with the stream's amounts to: numbers that add up over series and hours. Pure.

export type Tally = {
  readonly buckets: number
  /** Buckets in which the stream alone held what the recount gave. */
  readonly equal: number
  readonly differing: number
  /** The sum over buckets of |recount − stream|, in events. */
  readonly difference: number
  /** Events that came too late for the stream and were counted by the recount. */
  readonly lateApplied: number
  /** Buckets that differ by other than late events: the stream was wrong. */
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

/** Takes what has more than a tally in it, and gives a tally alone. */
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
