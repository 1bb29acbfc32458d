// The time up to which everything that the log took is in the counts. Pure.

/** Before anything is known of it: earlier than every minute, so that nothing passes for complete. */
export const UNKNOWN_AS_OF_MS = 0

/** Epoch ms, or null while nothing is known: for what is shown, where the value above would read as 1970. */
export function knownAsOfMs(asOfMs: number): number | null {
  return asOfMs > UNKNOWN_AS_OF_MS ? asOfMs : null
}
