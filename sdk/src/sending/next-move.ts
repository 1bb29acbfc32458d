// Decides what comes next: a request, or a moment to look again. Pure.
import { REQUEST_BYTES_MAX } from './batch-size.ts'
import { bytesOf, take } from './event-queue.ts'
import { isBreakerOpen, openAtMs } from './link-health.ts'
import { spendToken, tokenAtMs } from './request-rate.ts'
import type { Flight, SendState } from './send-state.ts'

/** Browsers refuse requests that outlive their page beyond 64 KiB in sum; the rest is for what else the page sends. */
export const KEEPALIVE_BYTES_MAX = 60 * 1_024
/** Requests under way at once while the page is leaving. */
const LEAVING_REQUESTS_MAX = 8

/**
 * The next request, which counts as under way from now on; or the moment of the monotonic clock at which to ask again;
 * or null: nothing until something happens, an event, an answer, a flush.
 */
export function nextMove(state: SendState, nowMs: number): Flight | number | null {
  const { queue, limits, link, size, flights, rate } = state
  const oldest = queue.items[0]
  if (oldest === undefined || state.closed || flights.size >= requestsMax(state)) return null
  // In a page, which may end at any moment, every request must be able to outlive it.
  const bytesMax = limits.keepalive ? keepaliveRoom(state) : REQUEST_BYTES_MAX
  const leastBytes = oldest.bytes + 2
  if (leastBytes > bytesMax && flights.size > 0) return null // an answer makes room

  const isDue = queue.items.length >= limits.batchEvents || oldest.seq <= state.urgentSeq || state.leaving
  const dueMs = isDue ? nowMs : oldest.atMs + limits.batchIntervalMs
  const atMs = Math.max(dueMs, openAtMs(link), tokenAtMs(rate, nowMs))
  if (atMs > nowMs) return atMs

  const eventsMax = isBreakerOpen(link) ? Math.min(limits.batchEvents, size.eventsMax) : size.eventsMax
  const items = take(queue, eventsMax, Math.max(bytesMax, leastBytes))
  const flight = { items, bytes: bytesOf(items) + items.length + 1, round: link.round }
  flights.add(flight)
  link.startedAtMs = nowMs
  spendToken(rate)
  return flight
}

/** One at a time until a request has succeeded, and again after each that did not. */
function requestsMax({ link, leaving, limits }: SendState): number {
  if (!link.proven) return 1
  return leaving ? Math.max(LEAVING_REQUESTS_MAX, limits.concurrency) : limits.concurrency
}

/** How many bytes may still be sent so that they outlive the page. */
function keepaliveRoom({ flights }: SendState): number {
  let room = KEEPALIVE_BYTES_MAX
  for (const { bytes } of flights) room -= bytes
  return room
}
