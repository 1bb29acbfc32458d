// What the sending client knows: the queue, the requests under way, the ledger, and how the way to the server is.
// Plain data; step.ts advances it.
import { type BatchSize, newBatchSize } from './batch-size.ts'
import { bytesOf, type EventQueue, emptyQueue, type Item } from './event-queue.ts'
import { type LinkHealth, newLink } from './link-health.ts'
import { newRate, type RequestRate } from './request-rate.ts'

export type QueuePolicy = 'drop-newest' | 'drop-oldest' | 'reject'

export type SendLimits = {
  /** A batch is sent as soon as it holds this many events … */
  readonly batchEvents: number
  /** … or when its oldest event has waited this long. */
  readonly intervalMs: number
  /** Of all pending events, those under way included. */
  readonly queueEventsMax: number
  readonly queueBytesMax: number
  readonly whenFull: QueuePolicy
  /** Older events are not tried again: the server would refuse them. */
  readonly eventAgeMaxMs: number
  /** Requests under way at once. */
  readonly concurrency: number
  readonly requestsPerSecond: number
  /** Whether requests of a page outlive it: those within the browser's quota are sent so. */
  readonly keepalive: boolean
}

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
  readonly id: number
  readonly items: readonly Item[]
  /** Of the request's body. */
  readonly bytes: number
  readonly keepalive: boolean
  readonly round: number
}

export type SendState = {
  readonly limits: SendLimits
  readonly queue: EventQueue
  readonly flights: Map<number, Flight>
  readonly link: LinkHealth
  readonly rate: RequestRate
  readonly size: BatchSize
  readonly ledger: { -readonly [Name in keyof Ledger]: Ledger[Name] }
  pendingBytes: number
  nextSeq: number
  nextFlight: number
  /** Events up to this one are sent without waiting for a full batch. */
  urgentSeq: number
  /** The page is hidden and may end at any moment. */
  leaving: boolean
  /** No event is taken any more … */
  closing: boolean
  /** … and nothing is sent. */
  closed: boolean
}

export function newSendState(limits: SendLimits): SendState {
  return {
    limits,
    queue: emptyQueue(),
    flights: new Map(),
    link: newLink(),
    rate: newRate(limits.requestsPerSecond),
    size: newBatchSize(),
    ledger: { captured: 0, delivered: 0, rejected: 0, dropped: 0, pending: 0 },
    pendingBytes: 0,
    nextSeq: 1,
    nextFlight: 1,
    urgentSeq: 0,
    leaving: false,
    closing: false,
    closed: false,
  }
}

/** The sequence number of the oldest event whose fate is open; Infinity where none is. */
export function oldestPendingSeq(state: SendState): number {
  let oldest = state.queue.items[0]?.seq ?? Number.POSITIVE_INFINITY
  for (const { items } of state.flights.values()) oldest = Math.min(oldest, items[0]!.seq)
  return oldest
}

/** All whose fate is open, in order. */
export function pendingItems(state: SendState): Item[] {
  const underWay = [...state.flights.values()].flatMap(({ items }) => items)
  return [...underWay, ...state.queue.items].sort((a, b) => a.seq - b.seq)
}

/** The length of the JSON array that holds the items. */
export function bodyBytes(items: readonly Item[]): number {
  return bytesOf(items) + items.length + 1
}
