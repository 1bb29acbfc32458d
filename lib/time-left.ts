// How long what has begun will still take, if it goes on as fast as it went. Pure.
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../model/bucket.ts'

/** Before that the speed is not known. */
const ELAPSED_MS_LEAST = 2 * SECOND_MS

/** For example `, 2 min left`; nothing at the beginning and at the end. `share` is from 0 to 1. */
export function timeLeftText(share: number, elapsedMs: number): string {
  if (share <= 0 || share >= 1 || elapsedMs < ELAPSED_MS_LEAST) return ''
  const leftMs = (elapsedMs * (1 - share)) / share
  if (leftMs < MINUTE_MS) return `, ${Math.ceil(leftMs / SECOND_MS)} s left`
  if (leftMs < HOUR_MS) return `, ${Math.round(leftMs / MINUTE_MS)} min left`
  return `, ${(leftMs / HOUR_MS).toFixed(1)} h left`
}
