// What the sending client knows: the queue, the requests under way, the ledger, and how the way to the server is.
// Plain data, advanced by pure functions: room.ts (an event is taken or not), next-move.ts (what to send, and when) and
// land.ts (what became of it).
import { type EventQueue, type Fate, type Item, inOrder } from './event-queue.ts'
import { type LinkHealth, NEVER, newLink } from './link-health.ts'
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
  /** In a row, when it started. */
  readonly failures: number
}

export type SendState = {
  readonly limits: SendLimits
  readonly queue: EventQueue
  readonly flights: Set<Flight>
  readonly link: LinkHealth
  readonly ledger: { -readonly [Name in keyof Ledger]: Ledger[Name] }
  pendingBytes: number
  /** How many events a request may hold, as learned from answers 413. A part of an event is progress to the next. */
  eventsMax: number
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

/** The server's bound for one request. */
export const REQUEST_EVENTS_MAX = 1_000

export const newSendState = (limits: SendLimits): SendState => ({
  limits,
  queue: [],
  flights: new Set(),
  link: newLink(),
  ledger: { captured: 0, delivered: 0, rejected: 0, dropped: 0, pending: 0 },
  pendingBytes: 0,
  eventsMax: REQUEST_EVENTS_MAX,
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

/** Of the bodies under way. */
export function bytesUnderWay({ flights }: SendState): number {
  let sum = 0
  for (const { bytes } of flights) sum += bytes
  return sum
}

/** All whose fate is open, in order. */
export const pendingItems = ({ queue, flights }: SendState): Item[] =>
  inOrder([...flights].flatMap(({ items }) => items).concat(queue))

/** What became of an event: whoever asked is to be told, and the store to forget it. */
export type Settled = { readonly item: Item; readonly fate: Fate }

/** The one place where events leave the ledger's `pending`. */
export function settle(state: SendState, item: Item, fate: Fate): Settled {
  state.ledger.pending--
  state.ledger[fate.kind]++
  state.pendingBytes -= item.bytes
  return { item, fate }
}
