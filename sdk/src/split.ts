// Cuts a stream of captured events into batches within the server's limits, each made when it is asked for.
import type { Captured } from './event.ts'

type Sized = Pick<Captured, 'bytes'>

export type BatchLimit = { readonly eventsMax: number; readonly bytesMax: number }

/** The server's bounds for one request, whose body is a JSON array. */
export const SERVER_LIMIT: BatchLimit = { eventsMax: 1_000, bytesMax: 1_024 * 1_024 }

const BRACKETS_BYTES = 2
const COMMA_BYTES = 1

/**
 * A function that takes the next batch from the stream: as many events as the order and the limit of that moment allow,
 * and none once the stream has ended. An event larger than `bytesMax` makes a batch of its own.
 */
export function batchCutter<Event extends Sized>(
  events: Iterator<Event, void>,
  limit: () => BatchLimit,
): () => Event[] {
  let held: Event | undefined
  const next = () => {
    const event = held ?? events.next().value
    held = undefined
    return event ?? undefined
  }
  return () => {
    const { eventsMax, bytesMax } = limit()
    const batch: Event[] = []
    let bytes = BRACKETS_BYTES - COMMA_BYTES
    for (let event = next(); event !== undefined; event = next()) {
      bytes += event.bytes + COMMA_BYTES
      if (batch.length > 0 && (batch.length === eventsMax || bytes > bytesMax)) {
        held = event
        break
      }
      batch.push(event)
    }
    return batch
  }
}
