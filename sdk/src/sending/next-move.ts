// Decides what comes next: a request, or a moment to look again. Pure.
import { bodyBytes, fitting } from './event-queue.ts'
import { isBreakerOpen, openAtMs } from './link-health.ts'
import { bytesUnderWay, type Flight, type SendState } from './send-state.ts'

/** The server's bound for one request. */
const REQUEST_BYTES_MAX = 1_024 * 1_024
/** Browsers refuse requests that outlive their page beyond 64 KiB in sum; the rest is for what else the page sends. */
export const KEEPALIVE_BYTES_MAX = 60 * 1_024
/** Requests under way at once while the page is leaving. */
const LEAVING_REQUESTS_MAX = 8

/**
 * The next request, which counts as under way from now on; or the moment of the monotonic clock at which to ask again;
 * or null: nothing until something happens, an event, an answer, a flush.
 */
export function nextMove(state: SendState, nowMs: number): Flight | number | null {
  const { queue, limits, link, flights, eventsMax } = state
  const { batchEvents } = limits
  const [oldest] = queue
  if (!oldest || state.closed || flights.size >= requestsMax(state)) return null
  // In a page, which may end at any moment, every request must be able to outlive it.
  const bytesMax = limits.keepalive ? KEEPALIVE_BYTES_MAX - bytesUnderWay(state) : REQUEST_BYTES_MAX
  const count = fitting(queue, bytesMax, isBreakerOpen(link) ? Math.min(batchEvents, eventsMax) : eventsMax)
  if (count === 0) return null // an answer makes room

  const isDue = queue.length >= batchEvents || oldest.seq <= state.urgentSeq || state.leaving
  const dueMs = isDue ? nowMs : oldest.atMs + limits.batchIntervalMs
  const atMs = Math.max(dueMs, openAtMs(link, state.leaving ? 0 : 1_000 / limits.requestsPerSecondMax))
  if (atMs > nowMs) return atMs

  const items = queue.splice(0, count)
  const flight = { items, bytes: bodyBytes(items), failures: link.failures }
  flights.add(flight)
  link.startedAtMs = nowMs
  return flight
}

/** One at a time until a request has succeeded, and again after each that did not. */
function requestsMax({ link, leaving, limits }: SendState): number {
  return link.proven ? Math.max(leaving ? LEAVING_REQUESTS_MAX : 1, limits.concurrency) : 1
}
