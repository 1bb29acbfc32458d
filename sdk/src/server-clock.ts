// How far this machine's clock is from the server's, learned from the answers' Date headers. A difference below the
// threshold is no fault: network, rounding and the clocks' own drift make it.

/** A slower exchange says too little about when the server wrote its date. */
const ROUND_TRIP_MS_MAX = 2_000
const OFFSET_MS_MIN = 30_000
/** The header is in whole seconds, rounded down. */
const DATE_MEAN_ERROR_MS = 500

/**
 * The milliseconds to add to this machine's clock; 0 where the difference is not above 30 s; null where the answer does
 * not tell. The server is taken to have written its date half-way between sending and receiving.
 *
 * @param dateMs the answer's Date header, NaN if it has none: a page reads it only if the server exposes it
 * @param sentMs this machine's time when the request began
 */
export function offsetMsOf(dateMs: number, sentMs: number, roundTripMs: number): number | null {
  if (Number.isNaN(dateMs) || roundTripMs >= ROUND_TRIP_MS_MAX) return null
  const offsetMs = Math.round(dateMs + DATE_MEAN_ERROR_MS - (sentMs + roundTripMs / 2))
  return Math.abs(offsetMs) > OFFSET_MS_MIN ? offsetMs : 0
}
