// The client: all calls, those that send and those that read.
import type { TallyEvent } from './event.ts'
import { type PatientRuntime, patientRuntime } from './patient-runtime.ts'
import { type ProcessOptions, type ProcessResult, processEvents } from './process-events.ts'
import { type Reader, readerOf } from './reader.ts'
import type { RetryPolicy } from './retry.ts'
import { type Sender, type SenderOptions, sendingOf } from './sender.ts'
import { Tracker } from './sending/tracker.ts'
import { endpointOf, transportOf } from './transport.ts'

export type ClientOptions = SenderOptions

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
  const endpoint = endpointOf(options, runtime)
  const sending = sendingOf(endpoint, options)
  const { concurrency = 4 } = options
  const courier = { ...transportOf(endpoint, runtime, options, DELIVERY_PATIENCE), door: sending }
  const sender = { courier, rules: sending.rules, concurrency }
  return {
    processEvents: (events, options) => processEvents(sender, events, options),
    ...new Tracker(sending),
    ...readerOf(transportOf(endpoint, runtime, options)),
  }
}
