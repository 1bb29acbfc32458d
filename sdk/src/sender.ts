// The calls that send events as they come: track, flush and close.
import type { TallyEvent } from './event.ts'
import { platformRuntime, type Runtime } from './runtime.ts'
import type { Beacon } from './sending/beacon.ts'
import type { EventOutcome } from './sending/event-queue.ts'
import type { Ledger } from './sending/send-state.ts'
import type { SendingOptions } from './sending/sending-options.ts'
import { createTracker } from './sending/tracker.ts'
import type { Sending } from './sending/transmitter.ts'
import { type Endpoint, endpointOf, type TransportOptions } from './transport.ts'
import { createUuidV7 } from './uuid-v7.ts'

export type SenderOptions = TransportOptions &
  SendingOptions & {
    /** Requests in flight at once: of one call of processEvents (4 when missing), and of track (4, in a page 1). */
    readonly concurrency?: number
    /** `beacon`, for browsers whose requests cannot outlive their page (Firefox before 133); `createClient` has it. */
    readonly beacon?: Beacon
    /** Refuses values of more than three decimal places; otherwise they are rounded. */
    readonly strict?: boolean
  }

export type Sender = {
  /**
   * Takes an event and returns at once; it is sent soon, with others, and again until the server answers what became of
   * it. Never throws. Events that do not make it are told to `onDropped` or `onRejected`.
   */
  track(event: TallyEvent): void
  /** The promise says what became of the event, and never rejects. */
  track(event: TallyEvent, options: { readonly confirm: true }): Promise<EventOutcome>
  /**
   * Sends what is pending at once, and resolves when the fate of every event tracked before is known: `pending` is
   * then 0. After `timeoutMs` (10,000 when missing) it resolves all the same. Never rejects.
   */
  flush(options?: { readonly timeoutMs?: number }): Promise<{ readonly pending: number }>
  /**
   * Takes no more events, flushes, and resolves to the events whose fate is still open, with their ids and times:
   * they may or may not be stored, and it is safe to track them again. Without a store they are the caller's from now
   * on. A store keeps them all the same, because nothing leaves it before the server has it: its next client sends
   * them, and the caller need do nothing. Never later than `timeoutMs` (10,000 when missing) and 100 ms. Never rejects.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<TallyEvent[]>
  /** What became of the tracked events up to now. */
  ledger(): Ledger
  /**
   * The time that an event without one would get now: epoch milliseconds, by the server's clock where that is known to
   * differ. For callers that must give an event the same time again later.
   */
  nowMs(): number
}

/**
 * What sends as a player does: small, for pages, so of the options only the url is checked. Fails with a TallyError
 * `invalid_argument`.
 */
export function createSender(options: SenderOptions, runtime: Runtime = platformRuntime): Sender {
  return createTracker(sendingOf(endpointOf(options, runtime), options))
}

/** What all calls of one client share that send. */
export function sendingOf(endpoint: Endpoint, options: SenderOptions): Sending {
  const rules = { newId: createUuidV7(endpoint.runtime), strict: !!options.strict, offsetMs: 0 }
  return { ...options, ...endpoint, rules }
}
