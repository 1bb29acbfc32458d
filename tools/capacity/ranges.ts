// Sums and products of ranges. Pure.
import type { Range } from './results.ts'

export function times({ low, high }: Range, factor: number): Range {
  return { low: low * factor, high: high * factor }
}

export function product(a: Range, b: Range): Range {
  return { low: a.low * b.low, high: a.high * b.high }
}

export function sum(...ranges: readonly Range[]): Range {
  return ranges.reduce(({ low, high }, other) => ({ low: low + other.low, high: high + other.high }))
}

/** As a number of whole things, at least so many. */
export function wholes({ low, high }: Range, least: number): Range {
  const whole = (some: number) => Math.max(least, Math.ceil(some))
  return { low: whole(low), high: whole(high) }
}
