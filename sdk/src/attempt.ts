// One attempt to hand a batch of events to the server: bytes go out, and what is known of their fate comes back as a
// value. Decides nothing about what happens next: when to try again, what to halve, whom to tell.

import { TallyError } from './errors.ts'
import { exchange } from './exchange.ts'
import type { PageAccess } from './page-access.ts'
import { type Receipt, readReceipt } from './receipt.ts'
import { retryAfterMs } from './retry.ts'
import type { Runtime } from './runtime.ts'
import { offsetMsOf } from './server-clock.ts'
import { isPassing, statusError } from './status.ts'

/** Where batches go. One per client: it learns whether a page may send at all. */
export type Door = {
  /** Without a slash at the end. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Bodies from this many characters on are sent gzipped, where the platform can. */
  readonly gzipMinChars: number
  readonly access: PageAccess
  readonly runtime: Pick<Runtime, 'fetch' | 'after' | 'nowMs' | 'monotonicMs'>
}

/** An event's JSON, written once: every attempt must send the same text. */
type Written = { readonly json: string }

/** The same for all events of a batch: a JSON array of so many of them. */
type WrittenBatch = { readonly text: string; readonly length: number }

export type Attempt = {
  /** At most `SERVER_LIMIT`; a rejection names an event by its place in this list. */
  readonly events: readonly Written[] | WrittenBatch
  /** Until the last byte of the answer is read. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Lets a page's request outlive the page. */
  readonly keepalive?: boolean
}

/**
 * What is known of a batch after one attempt:
 *
 * - `answered`: each event is stored, or refused by its index. `offsetMs` is what this answer tells of the server's
 *   clock (see `offsetMsOf`).
 * - `tooLarge`: none is stored; the server takes fewer events or bytes at once. A single event is too large for ever.
 * - `retry`: try the same bytes again, not before `afterMs`. `mayBeStored`: the answer was lost or is not to be
 *   believed, so the events may be stored or not; their ids make it safe to send them again.
 * - `refused`: the server will not take this batch however often it is sent. Nothing of it is stored (with the code
 *   `cross_origin_refused`, which only a page sees, that is likely but not sure).
 * - `aborted`: the caller's signal fired, and the events may be stored or not.
 */
export type Outcome =
  | ({ readonly kind: 'answered'; readonly offsetMs: number | null } & Receipt)
  | { readonly kind: 'tooLarge'; readonly error: TallyError }
  | {
      readonly kind: 'retry'
      readonly afterMs: number
      readonly mayBeStored: boolean
      readonly error: TallyError
    }
  | { readonly kind: 'refused'; readonly error: TallyError }
  | { readonly kind: 'aborted'; readonly error: TallyError }

/** An answer to a batch is read up to this, inflated. */
const ANSWER_BYTES_MAX = 256 * 1_024
/**
 * Longer bodies are handed over as bytes. Node's fetch holds each body until the next full garbage collection, and
 * memory outside the heap makes that come sooner than strings do.
 */
const BYTES_FROM_CHARS = 64 * 1_024
const ALL_REFUSED = 422
const ACCEPTED = 202
const TOO_MANY_REQUESTS = 429

/** One attempt. Never rejects. */
export async function sendBatch(door: Door, attempt: Attempt): Promise<Outcome> {
  const { runtime, access } = door
  try {
    const { body, headers } = await bodyOf(door, attempt.events)
    const { timeoutMs, signal, keepalive } = attempt
    const sentMs = runtime.nowMs()
    const startedMs = runtime.monotonicMs()
    const answer = await exchange(runtime, {
      url: `${door.url}/v1/events`,
      method: 'POST',
      headers: { ...door.headers, ...headers },
      body,
      timeoutMs,
      answerBytesMax: ANSWER_BYTES_MAX,
      signal,
      keepalive,
    })
    access.answered()
    const date = answer.headers.get('date')
    if (answer.status !== ACCEPTED && answer.status !== ALL_REFUSED) {
      const nowMs = Date.parse(date ?? '') || runtime.nowMs()
      return refusal(statusError(answer.status, answer.text), answer.headers.get('retry-after'), nowMs)
    }
    const receipt = answer.whole ? readReceipt(answer.status, answer.text, attempt.events.length) : null
    if (receipt === null) return unbelieved(answer.status, attempt.events.length)
    const offsetMs = offsetMsOf(date, sentMs, runtime.monotonicMs() - startedMs)
    return { kind: 'answered', ...receipt, offsetMs }
  } catch (error) {
    const known = error instanceof TallyError
    return await failure(
      access,
      known ? error : new TallyError('network', 'nothing could be sent', { cause: error }),
    )
  }
}

async function bodyOf(door: Door, events: Attempt['events']) {
  const text = 'text' in events ? events.text : `[${events.map(({ json }) => json).join(',')}]`
  const headers = { 'content-type': 'application/json' }
  if (text.length >= door.gzipMinChars && typeof CompressionStream !== 'undefined') {
    return { body: await gzip(text), headers: { ...headers, 'content-encoding': 'gzip' } }
  }
  return { body: text.length < BYTES_FROM_CHARS ? text : new TextEncoder().encode(text), headers }
}

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

/** A status that is not one of a receipt. `nowMs` is the server's time, if it told it. */
function refusal(error: TallyError, retryAfter: string | null, nowMs: number): Outcome {
  if (error.code === 'too_large') return { kind: 'tooLarge', error }
  if (error.code === 'bad_response') return { kind: 'retry', afterMs: 0, mayBeStored: true, error }
  if (!isPassing(error.code)) return { kind: 'refused', error }
  const mayBeStored = error.status !== TOO_MANY_REQUESTS
  return { kind: 'retry', afterMs: retryAfterMs(retryAfter, nowMs), mayBeStored, error }
}

/** Something between answered, or a server that does not count: a login page, a cache, a mock. */
function unbelieved(status: number, sent: number): Outcome {
  const message = `status ${status}, but the answer does not say what became of the ${sent} events`
  const error = new TallyError('bad_response', message, { status })
  return { kind: 'retry', afterMs: 0, mayBeStored: true, error }
}

/** No answer. */
async function failure(access: PageAccess, error: TallyError): Promise<Outcome> {
  if (error.code === 'aborted') return { kind: 'aborted', error }
  if (error.code === 'network' && isUnexplained(error.cause) && (await access.isRefused())) {
    const message = 'the server is within reach, but keeps its answers from this page: is its origin allowed?'
    return { kind: 'refused', error: new TallyError('cross_origin_refused', message, { cause: error }) }
  }
  return { kind: 'retry', afterMs: 0, mayBeStored: true, error }
}

/** A browser says of no failure why it happened; other platforms give a cause. */
function isUnexplained(fault: unknown): boolean {
  return fault instanceof TypeError && fault.cause === undefined
}
