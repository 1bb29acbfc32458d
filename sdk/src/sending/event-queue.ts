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

/** Sorted by `seq`. */
export type EventQueue = Item[]

/** How many of the first events, `eventsMax` at most, fit into a JSON array of `bytesMax`. */
export function fitting(items: readonly Item[], bytesMax: number, eventsMax = items.length): number {
  let room = bytesMax - 1 // the brackets and commas are one byte more than the events
  const end = items.findIndex(({ bytes }, place) => {
    room -= bytes + 1
    return room < 0 || place + 1 > eventsMax
  })
  return end < 0 ? items.length : end
}

/** The length of the JSON array of these events. */
export const bodyBytes = (items: readonly Item[]) => items.reduce((sum, { bytes }) => sum + bytes + 1, 1)

/** As they were captured; the list itself is sorted. */
export const inOrder = (items: Item[]) => items.sort((a, b) => a.seq - b.seq)
