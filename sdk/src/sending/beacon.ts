// The last resort of a page that ends where requests cannot outlive it: a beacon, whose answer nobody sees.
import { jsonOf } from '../attempt.ts'
import type { PageGlobals } from '../runtime.ts'
import { fitting, type Item } from './event-queue.ts'
import { KEEPALIVE_BYTES_MAX } from './next-move.ts'

/** Makes what sends copies of events: whether they arrive is never known, so the events stay pending. */
export type Beacon = (
  page: PageGlobals,
  url: string,
  apiKey: string | undefined,
) => (items: readonly Item[]) => void

/** Only keys that may write and nothing else belong into an address. */
const WRITE_KEY = /^wk_/

/**
 * Sends as many of the events as fit, the oldest first, and each once. With a write key as text, because a page of
 * another origin may send that without asking first, and then nobody is there to ask.
 */
export const beacon: Beacon = ({ navigator }, url, apiKey) => {
  let sentSeq = 0
  const isSecret = apiKey !== undefined && !WRITE_KEY.test(apiKey)
  const query = apiKey === undefined ? '' : `?key=${encodeURIComponent(apiKey)}`
  const type = apiKey === undefined ? 'application/json' : 'text/plain'
  return (items) => {
    const open = items.filter(({ seq }) => seq > sentSeq)
    const count = fitting(open, KEEPALIVE_BYTES_MAX)
    if (count === 0 || isSecret || !navigator?.sendBeacon) return
    const body = new Blob([jsonOf(open.slice(0, count))], { type })
    if (navigator.sendBeacon(`${url}/v1/events${query}`, body)) sentSeq = open[count - 1]!.seq
  }
}
