// Decides what to do now: send a batch, or wait until when. Pure.
import { REQUEST_BYTES_MAX } from './batch-size.ts'
import { isBreakerOpen, openAtMs } from './link-health.ts'
import { tokenAtMs } from './request-rate.ts'
import type { SendState } from './send-state.ts'

/** Browsers refuse requests that outlive their page beyond 64 KiB in sum; the rest is for what else the page sends. */
export const KEEPALIVE_BYTES_MAX = 60 * 1_024
/** Requests under way at once while the page is leaving. */
const LEAVING_REQUESTS_MAX = 8

export type Move =
  | { readonly kind: 'send'; readonly eventsMax: number; readonly bytesMax: number }
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** Nothing until something happens: an event, an answer, a flush. */
  | { readonly kind: 'rest' }

const REST: Move = { kind: 'rest' }

export function nextMove(state: SendState, nowMs: number): Move {
  const { queue, limits, link, size, flights } = state
  const oldest = queue.items[0]
  if (oldest === undefined || state.closed || flights.size >= requestsMax(state)) return REST
  // In a page, which may end at any moment, every request must be able to outlive it.
  const bytesMax = limits.keepalive ? keepaliveRoom(state) : REQUEST_BYTES_MAX
  if (oldest.bytes + 2 > bytesMax && flights.size > 0) return REST // an answer makes room

  const due = queue.items.length >= limits.batchEvents || oldest.seq <= state.urgentSeq || state.leaving
  const dueMs = due ? nowMs : oldest.atMs + limits.intervalMs
  const untilMs = Math.max(dueMs, openAtMs(link), tokenAtMs(state.rate, nowMs))
  if (untilMs > nowMs) return { kind: 'wait', untilMs }
  const eventsMax = isBreakerOpen(link) ? Math.min(limits.batchEvents, size.eventsMax) : size.eventsMax
  return { kind: 'send', eventsMax, bytesMax }
}

/** One at a time until a request has succeeded, and again after each that did not. */
function requestsMax({ link, leaving, limits }: SendState): number {
  if (!link.proven) return 1
  return leaving ? Math.max(LEAVING_REQUESTS_MAX, limits.concurrency) : limits.concurrency
}

/** How many bytes may still be sent so that they outlive the page. */
export function keepaliveRoom({ flights }: SendState): number {
  let room = KEEPALIVE_BYTES_MAX
  for (const { keepalive, bytes } of flights.values()) if (keepalive) room -= bytes
  return room
}
