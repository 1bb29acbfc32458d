// The last resort of a page that ends: a beacon, whose answer nobody sees.
import { jsonOf } from '../attempt.ts'
import type { PageGlobals } from '../runtime.ts'
import { fitting, type Item } from './event-queue.ts'
import { KEEPALIVE_BYTES_MAX } from './next-move.ts'

/** Only keys that may write and nothing else belong into an address. */
const WRITE_KEY = /^wk_/

/**
 * Sends copies of as many of these as fit, the oldest first, and returns how many. With a write key as text,
 * because a page of another origin may send that without asking first, and then nobody is there to ask.
 */
export function sendBeacon(
  { navigator }: PageGlobals,
  url: string,
  apiKey: string | undefined,
  items: readonly Item[],
): number {
  if (!navigator?.sendBeacon || (apiKey !== undefined && !WRITE_KEY.test(apiKey))) return 0
  const count = fitting(items, KEEPALIVE_BYTES_MAX)
  if (count === 0) return 0
  const query = apiKey === undefined ? '' : `?key=${encodeURIComponent(apiKey)}`
  const type = apiKey === undefined ? 'application/json' : 'text/plain'
  const body = new Blob([jsonOf(items.slice(0, count))], { type })
  return navigator.sendBeacon(`${url}/v1/events${query}`, body) ? count : 0
}
