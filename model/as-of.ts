// The time up to which everything that the log took is in the counts. Pure.

/** Used while nothing is known yet: earlier than every minute, so that no answer claims to be complete. */
export const UNKNOWN_AS_OF_MS = 0

/** Epoch ms, or null while nothing is known: for display, where the value above would read as a date. */
export function knownAsOfMs(asOfMs: number): number | null {
  return asOfMs > UNKNOWN_AS_OF_MS ? asOfMs : null
}
