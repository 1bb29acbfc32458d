// Evaluates the moments of successes: the longest gap in a period, and since when counts have been fresh. Pure; times
// are milliseconds of one clock.

export type Sighting = { readonly atMs: number; readonly lagMs: number }

/** Answers older than this are behind. */
const FRESH_LAG_MS = 3_000

/** The longest time within [fromMs, toMs] without one of these moments, which are in order. */
export function longestGapMs(moments: readonly number[], fromMs: number, toMs: number): number {
  let lastMs = fromMs
  let longestMs = 0
  for (const atMs of moments) {
    if (atMs < fromMs) continue
    if (atMs > toMs) break
    longestMs = Math.max(longestMs, atMs - lastMs)
    lastMs = atMs
  }
  return Math.max(longestMs, toMs - lastMs)
}

/**
 * Since when every answer up to `nowMs` has been fresh, with no gap between them; null if the last one was not.
 * Answers are in order.
 */
export function freshSinceMs(sightings: readonly Sighting[], nowMs: number): number | null {
  let nextMs = nowMs
  let sinceMs: number | null = null
  for (let at = sightings.length - 1; at >= 0; at--) {
    const { atMs, lagMs } = sightings[at]!
    if (lagMs > FRESH_LAG_MS || nextMs - atMs > FRESH_LAG_MS) break
    sinceMs = atMs
    nextMs = atMs
  }
  return sinceMs
}
