// The events that wait to be sent, in the order in which they were captured. Pure: the caller owns the bounds.

/** A captured event: its JSON never changes, so every attempt sends the same id and time. */
export type Item = {
  /** Rises by one with each captured event. */
  readonly seq: number
  readonly json: string
  /** The length of `json` in UTF-8. */
  readonly bytes: number
  /** When it entered the queue, by the monotonic clock. */
  readonly atMs: number
  /** The time of the event itself, in epoch milliseconds. */
  readonly timeMs: number
  /** This machine's time, where the event's time was taken from it and may still be mended. */
  clockMs?: number | undefined
  /** Under which name the store keeps it; absent without a store. */
  readonly key?: string | undefined
  /** Who asked what becomes of it. */
  readonly confirm?: ((outcome: EventOutcome) => void) | undefined
}

export type DropReason = 'queue_full' | 'too_old' | 'refused' | 'closed'

/** What became of an event; each event ends in exactly one. */
export type EventOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'rejected'; readonly code: string; readonly detail: string }
  | { readonly kind: 'dropped'; readonly reason: DropReason; readonly error?: unknown }
  /** `close` gave it back: it may or may not be stored. Tracking it again with its id and time is safe. */
  | { readonly kind: 'undelivered' }

export type Fate = Exclude<EventOutcome, { kind: 'undelivered' }>

/** Sorted by `seq`, without gaps between the events of a batch that was taken. */
export type EventQueue = { readonly items: Item[]; bytes: number }

export const emptyQueue = (): EventQueue => ({ items: [], bytes: 0 })

export function push(queue: EventQueue, item: Item): void {
  queue.items.push(item)
  queue.bytes += item.bytes
}

/** Takes the oldest events out: at most `eventsMax`, and at most `bytesMax` as a JSON array. Maybe none. */
export function take(queue: EventQueue, eventsMax: number, bytesMax = Number.POSITIVE_INFINITY): Item[] {
  const taken = queue.items.splice(0, Math.min(eventsMax, fitting(queue.items, bytesMax)))
  queue.bytes -= bytesOf(taken)
  return taken
}

/** How many of the first events fit into a JSON array of this length. */
export function fitting(items: readonly Item[], bytesMax: number): number {
  let room = bytesMax - 1 // the brackets and commas are one byte more than the events
  const last = items.findIndex(({ bytes }) => {
    room -= bytes + 1
    return room < 0
  })
  return last < 0 ? items.length : last
}

/** Puts a batch that was taken back where it was. */
export function putBack(queue: EventQueue, batch: readonly Item[]): void {
  if (batch.length === 0) return
  for (const item of batch) push(queue, item)
  queue.items.sort((a, b) => a.seq - b.seq)
}

export function bytesOf(items: readonly Item[]): number {
  let bytes = 0
  for (const item of items) bytes += item.bytes
  return bytes
}
