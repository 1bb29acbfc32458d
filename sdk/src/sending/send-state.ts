// What the sending client knows: the queue, the requests under way, the ledger, and how the way to the server is.
// Plain data, advanced by pure functions: room.ts (an event is taken or not), next-move.ts (what to send, and when) and
// land.ts (what became of it).
import { type BatchSize, newBatchSize } from './batch-size.ts'
import { type EventQueue, emptyQueue, type Fate, type Item } from './event-queue.ts'
import { type LinkHealth, NEVER, newLink } from './link-health.ts'
import { newRate, type RequestRate } from './request-rate.ts'
import type { SendLimits } from './sending-options.ts'

/** captured = delivered + rejected + dropped + pending, at every moment. */
export type Ledger = {
  /** Handed to `track`, or taken over from the store. */
  readonly captured: number
  /** Answered 202: durably stored. */
  readonly delivered: number
  /** Refused by the server or by the client, for what the event itself says. */
  readonly rejected: number
  /** Given up, each told to `onDropped`. */
  readonly dropped: number
  readonly pending: number
}

export type Flight = {
  readonly items: readonly Item[]
  /** Of the request's body, a JSON array. */
  readonly bytes: number
  readonly round: number
}

export type SendState = {
  readonly limits: SendLimits
  readonly queue: EventQueue
  readonly flights: Set<Flight>
  readonly link: LinkHealth
  readonly rate: RequestRate
  readonly size: BatchSize
  readonly ledger: { -readonly [Name in keyof Ledger]: Ledger[Name] }
  pendingBytes: number
  nextSeq: number
  /** Events up to this one are sent without waiting for a full batch. */
  urgentSeq: number
  /** The page is hidden and may end at any moment. */
  leaving: boolean
  /** No event is taken any more … */
  closing: boolean
  /** … and nothing is sent. */
  closed: boolean
}

export const newSendState = (limits: SendLimits): SendState => ({
  limits,
  queue: emptyQueue(),
  flights: new Set(),
  link: newLink(),
  rate: newRate(limits.requestsPerSecondMax),
  size: newBatchSize(),
  ledger: { captured: 0, delivered: 0, rejected: 0, dropped: 0, pending: 0 },
  pendingBytes: 0,
  nextSeq: 1,
  urgentSeq: 0,
  leaving: false,
  closing: false,
  closed: false,
})

/** Everything captured so far is wanted at once: back-off is cut short, the server's pause is not. */
export function hurry(state: SendState): void {
  state.urgentSeq = state.nextSeq - 1
  state.link.retryAtMs = NEVER
}

/** The sequence number of the oldest event whose fate is open; Infinity where none is. */
export function oldestPendingSeq({ queue, flights }: SendState): number {
  let oldest = queue.items[0]?.seq ?? Number.POSITIVE_INFINITY
  for (const { items } of flights) oldest = Math.min(oldest, items[0]!.seq)
  return oldest
}

/** All whose fate is open, in order. */
export function pendingItems({ queue, flights }: SendState): Item[] {
  return [...flights, queue].flatMap(({ items }) => items).sort((a, b) => a.seq - b.seq)
}

/** What became of an event: whoever asked is to be told, and the store to forget it. */
export type Settled = readonly [Item, Fate]

/**
 * The one place where events leave the ledger's `pending`: with one fate for all, but for those that have one of their
 * own.
 */
export function settle(
  state: SendState,
  items: readonly Item[],
  fate: Fate,
  own?: ReadonlyMap<Item, Fate>,
): Settled[] {
  return items.map((item) => {
    const its = own?.get(item) ?? fate
    state.ledger.pending--
    state.ledger[its.kind]++
    state.pendingBytes -= item.bytes
    return [item, its]
  })
}
