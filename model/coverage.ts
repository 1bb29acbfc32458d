// Which hours the batch layer has recounted, so that its rollups may be used for them. Pure.
import { hourOf } from './bucket.ts'

/** All hours that end by `toMinute`, except those listed, which are in order of time. Minutes since the epoch. */
export type Coverage = {
  readonly toMinute: number
  readonly exceptHours: readonly number[]
  /** Hours that begin before this minute have no total of the whole site. Missing: nothing is known of such totals. */
  readonly sitesFrom?: number
}

/** The end of the last hour that may be covered. */
export function coverageEnd(coverage: Coverage): number {
  return hourOf(coverage.toMinute)
}

/** Hours that begin before this minute may have no total of the whole site. */
export function sitesKnownFrom(coverage: Coverage | null): number {
  return coverage === null ? 0 : (coverage.sitesFrom ?? coverageEnd(coverage))
}

/** The excepted hours that have minutes in [from, to). */
export function exceptionsIn({ exceptHours }: Coverage, from: number, to: number): readonly number[] {
  if (from >= to) return []
  return exceptHours.slice(placeOf(exceptHours, hourOf(from)), placeOf(exceptHours, to))
}

/**
 * Whether every hour that has minutes in [from, to) is covered. An empty range is covered if the hours before it are.
 */
export function isCovered(coverage: Coverage | null, from: number, to: number): boolean {
  if (coverage === null || to > coverageEnd(coverage)) return false
  return exceptionsIn(coverage, from, to).length === 0
}

/** How many of the hours begin before a minute. */
function placeOf(hours: readonly number[], minute: number): number {
  let low = 0
  let high = hours.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (hours[middle]! < minute) low = middle + 1
    else high = middle
  }
  return low
}
