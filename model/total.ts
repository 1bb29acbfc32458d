// What a bucket holds: sums are exact integers of thousandths (bigint), so they do not depend on the order of events.

/** A sum over events that can be added to another. `values` of the `count` events carried a value. */
export type Aggregate = {
  readonly count: number
  readonly values: number
  /** Thousandths. */
  readonly sum: bigint
  /** Thousandths; null where no event carried a value. */
  readonly min: number | null
  readonly max: number | null
}

/** An aggregate from one source, with the last offset that it includes. */
export type Total = Aggregate & { readonly upTo: number }

export const EMPTY: Aggregate = { count: 0, values: 0, sum: 0n, min: null, max: null }

export function add(a: Aggregate, b: Aggregate): Aggregate {
  return {
    count: a.count + b.count,
    values: a.values + b.values,
    sum: a.sum + b.sum,
    min: least(a.min, b.min),
    max: greatest(a.max, b.max),
  }
}

/**
 * What is left where a correction has taken all values away, as for a video that was removed: it leaves the least and
 * the greatest in the rows of the stream. Where the period has later values too, they stay until it is recounted.
 */
export function withoutLost<Sum extends Aggregate>(sum: Sum): Sum {
  return sum.values === 0 && sum.min !== null ? { ...sum, min: null, max: null } : sum
}

export function sumOf(aggregates: readonly Aggregate[]): Aggregate {
  return aggregates.reduce(add, EMPTY)
}

/** EMPTY equals a total of no events. */
export function isSame(a: Aggregate, b: Aggregate): boolean {
  return a.count === b.count && a.values === b.values && a.sum === b.sum && a.min === b.min && a.max === b.max
}

function least(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.min(a, b)
}

function greatest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.max(a, b)
}

/**
 * The version of a total in a last-write-wins store, in microseconds (law 2): a fact of the log, so every owner of a
 * source writes a given total under the same version, and a total that includes more always wins.
 */
export function writeTimestampMicros(minute: number, upTo: number): bigint {
  return BigInt(minute) * 60_000_000n + BigInt(upTo)
}
