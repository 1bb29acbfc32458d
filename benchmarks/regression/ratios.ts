// What pairs of costs say: each pair was measured one right after the other. Pure.
import { median, quantile } from '../race.ts'

/** Costs of the same work. */
export type Pair = { readonly ours: number; readonly theirs: number }

export type Ratios = {
  /** Ours in terms of theirs: below 1 is less. */
  readonly median: number
  readonly least: number
  readonly most: number
  readonly isBeyond: boolean
}

/** Of the pairs, three quarters must say so too: on a busy machine the median alone is off now and then. */
const AGREEING = 0.25

/** Beyond the bound is a median that is above it, if ours cost more in most pairs. */
export function ratiosOf(pairs: readonly Pair[], bound: number): Ratios {
  const ratios = pairs.map(({ ours, theirs }) => ours / theirs)
  const middle = median(ratios)
  const isBeyond = middle > bound && quantile(ratios, AGREEING) > 1
  return { median: middle, least: Math.min(...ratios), most: Math.max(...ratios), isBeyond }
}

/** Who is first in pair `i`: by turns, so that a machine that gets slower or faster favours nobody. */
export function inTurn<T>(i: number, ours: T, theirs: T): readonly [T, T] {
  return i % 2 === 0 ? [ours, theirs] : [theirs, ours]
}
