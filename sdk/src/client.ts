// The client: all calls, those that send and those that read.
import type { TallyEvent } from './event.ts'
import { type ProcessOptions, type ProcessResult, processEvents } from './process-events.ts'
import { type Reader, readerOf } from './reader.ts'
import { platformRuntime, type Runtime } from './runtime.ts'
import { type Sender, type SenderOptions, sendingOf } from './sender.ts'
import { trackerOf } from './sending/create-tracker.ts'
import { createTransport } from './transport.ts'

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

/** Fails with a TallyError `invalid_argument`. */
export function createClient(options: ClientOptions, runtime: Runtime = platformRuntime): Client {
  const transport = createTransport(options, runtime)
  const sending = sendingOf(transport, options)
  return {
    processEvents: (events, options) => processEvents(sending, events, options),
    ...trackerOf(sending, options),
    ...readerOf(transport),
  }
}
