// The client: all calls, those that send and those that read.

import { packBodies } from './body.ts'
import type { TallyEvent } from './event.ts'
import { inTrace } from './in-trace.ts'
import { explainRefusals } from './page-access.ts'
import { type PatientRuntime, patientRuntime } from './patient-runtime.ts'
import { type ProcessOptions, type ProcessResult, processEvents } from './process-events.ts'
import { type Reader, readerOf } from './reader.ts'
import type { RetryPolicy } from './retry.ts'
import { type Sender, type SenderOptions, sendingOf } from './sender.ts'
import { beacon } from './sending/beacon.ts'
import { checkOptions } from './sending/check-options.ts'
import { handOver, type WaitUntil } from './sending/hand-over.ts'
import { createTracker } from './sending/tracker.ts'
import { followingEndpoint, transportOf } from './transport.ts'

export type ClientOptions = SenderOptions & {
  /** Bodies from this many characters on are sent gzipped; none when missing. */
  readonly gzipMinChars?: number
  /** Gets a promise of what was tracked, on platforms that end a program between requests. */
  readonly waitUntil?: WaitUntil
  /** The W3C `traceparent` of what the program is doing: each request is sent with it, and its trace goes on here. */
  readonly traceparent?: () => string | undefined
}

export type Client = Reader &
  Sender & {
    /**
     * Sends events and resolves when each has been durably accepted or rejected. Missing ids and times are set now;
     * every retry sends the same bytes, so an event is counted once however often it is sent.
     *
     * Fails with a TallyError whose `unresolved` lists the events whose outcome is unknown.
     */
    processEvents(events: readonly TallyEvent[], options?: ProcessOptions): Promise<ProcessResult>
  }

/** Events are worth more patience than questions, which can be asked again: their deadline is what ends it. */
const DELIVERY_PATIENCE: Partial<RetryPolicy> = { attemptsMax: 20 }

/** Fails with a TallyError `invalid_argument`. */
export function createClient(options: ClientOptions, runtime: PatientRuntime = patientRuntime): Client {
  const { concurrency = 4, gzipMinChars = Infinity, traceparent, waitUntil } = options
  checkOptions(options)
  const sent = options.fetch ?? runtime.fetch
  const traced = traceparent ? inTrace(sent, traceparent) : sent
  const endpoint = followingEndpoint({ ...options, fetch: traced }, runtime)
  const fetch = packBodies(explainRefusals(endpoint.runtime, endpoint.url), gzipMinChars)
  const door = { ...endpoint, runtime: { ...endpoint.runtime, fetch } }
  const sending = { beacon, ...sendingOf(door, options) }
  const courier = { ...transportOf(endpoint, runtime, options, DELIVERY_PATIENCE), door: sending }
  const sender = { courier, rules: sending.rules, concurrency }
  const tracker = createTracker(sending)
  return {
    processEvents: (events, options) => processEvents(sender, events, options),
    ...tracker,
    ...(waitUntil && { track: handOver(tracker, waitUntil) }),
    ...readerOf(transportOf(endpoint, runtime, options)),
  }
}
