// Cuts a list of captured events into request bodies within the server's limits. Pure.
import type { Captured } from './event.ts'

export type BatchLimit = { readonly eventsMax: number; readonly bytesMax: number }

/** The server's bounds for one request. */
export const SERVER_LIMIT: BatchLimit = { eventsMax: 1_000, bytesMax: 1_024 * 1_024 }

/** The events of one request, in order, and its body: a JSON array. */
export type Batch = { readonly events: readonly Captured[]; readonly body: string }

const BRACKETS_BYTES = 2
const COMMA_BYTES = 1

/** As few batches as the order allows. An event larger than `bytesMax` makes a batch of its own. */
export function split(events: readonly Captured[], limit: BatchLimit = SERVER_LIMIT): Batch[] {
  const batches: Batch[] = []
  let from = 0
  let bytes = BRACKETS_BYTES
  for (let at = 0; at < events.length; at++) {
    const eventBytes = events[at]!.bytes + COMMA_BYTES
    const full = at - from === limit.eventsMax || bytes + eventBytes - COMMA_BYTES > limit.bytesMax
    if (full && at > from) {
      batches.push(batchOf(events.slice(from, at)))
      from = at
      bytes = BRACKETS_BYTES
    }
    bytes += eventBytes
  }
  if (from < events.length) batches.push(batchOf(events.slice(from)))
  return batches
}

function batchOf(events: readonly Captured[]): Batch {
  return { events, body: `[${events.map((event) => event.json).join(',')}]` }
}
