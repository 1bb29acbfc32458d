// The client: its settings and its calls.
import type { Door } from './attempt.ts'
import { TallyError } from './errors.ts'
import type { TallyEvent } from './event.ts'
import { createPageAccess } from './page-access.ts'
import { type ProcessOptions, type ProcessResult, processEvents, type Sender } from './process-events.ts'
import { type Reader, readerOf } from './reader.ts'
import { platformRuntime, type Runtime } from './runtime.ts'
import { createTransport, type TransportOptions } from './transport.ts'
import { createUuidV7 } from './uuid-v7.ts'

export type ClientOptions = TransportOptions & {
  /** Requests in flight at once, of one call of processEvents; 4 when missing. */
  readonly concurrency?: number
  /** Bodies from this many characters on are sent gzipped; none when missing. */
  readonly gzipMinChars?: number
  /** Refuses values of more than three decimal places; otherwise they are rounded. */
  readonly strict?: boolean
}

export type Client = Reader & {
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
  const { url, headers, runtime: platform } = transport
  const door: Door = {
    url,
    headers,
    gzipMinChars: options.gzipMinChars ?? Number.POSITIVE_INFINITY,
    access: createPageAccess(platform, url),
    runtime: platform,
  }
  const sender: Sender = {
    courier: { ...transport, door },
    clock: { offsetMs: 0 },
    newId: createUuidV7(runtime),
    strict: options.strict ?? false,
    concurrency: options.concurrency ?? 4,
  }
  if (!Number.isInteger(sender.concurrency) || sender.concurrency < 1) {
    throw new TallyError('invalid_argument', `concurrency is ${sender.concurrency}: it must be 1 or more`)
  }
  return {
    processEvents: (events, options) => processEvents(sender, events, options),
    ...readerOf(transport),
  }
}
