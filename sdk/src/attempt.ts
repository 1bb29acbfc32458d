// One attempt to hand a batch of events to the server: bytes go out, and what is known of their fate comes back as a
// value. Decides nothing about what happens next: when to try again, what to halve, whom to tell.

import { TallyError } from './errors.ts'
import { exchange, exchangeError } from './exchange.ts'
import type { PageAccess } from './page-access.ts'
import { type Receipt, readReceipt } from './receipt.ts'
import { retryAfterMs } from './retry.ts'
import type { Runtime } from './runtime.ts'
import { offsetMsOf } from './server-clock.ts'
import { statusError } from './status.ts'

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
export type Outcome = ({ readonly kind: 'answered'; readonly offsetMs: number | null } & Receipt) | Failure

type Failure = {
  readonly kind: 'tooLarge' | 'retry' | 'refused' | 'aborted'
  readonly error: TallyError
  readonly afterMs: number
  readonly mayBeStored: boolean
}

/** An answer to a batch is read up to this, inflated. */
const ANSWER_BYTES_MAX = 256 * 1_024
/**
 * Longer bodies are handed over as bytes. Node's fetch holds each body until the next full garbage collection, and
 * memory outside the heap makes that come sooner than strings do.
 */
const BYTES_FROM_CHARS = 64 * 1_024
const ALL_REFUSED = 422
const ACCEPTED = 202
const BAD_REQUEST = 400
const TOO_MANY_REQUESTS = 429

/** One attempt. Never rejects. */
export async function sendBatch(door: Door, attempt: Attempt): Promise<Outcome> {
  const { runtime, access, headers, gzipMinChars } = door
  const { events, timeoutMs, signal, keepalive } = attempt
  const url = `${door.url}/v1/events`
  let afterMs = 0
  try {
    const written = await bodyOf('text' in events ? events.text : jsonOf(events), headers, gzipMinChars)
    const sentMs = runtime.nowMs()
    const startedMs = runtime.monotonicMs()
    const bounds = { timeoutMs, answerBytesMax: ANSWER_BYTES_MAX, signal }
    const answer = await exchange(runtime, { url, method: 'POST', ...written, ...bounds, keepalive })
    access.answered()
    const { status, text } = answer
    const date = answer.headers.get('date')
    if (status !== ACCEPTED && status !== ALL_REFUSED) {
      const serverMs = Date.parse(date ?? '') || runtime.nowMs()
      if (status >= BAD_REQUEST) afterMs = retryAfterMs(answer.headers.get('retry-after'), serverMs)
      throw statusError(status, text)
    }
    const receipt = readReceipt(status, text, events.length)
    if (receipt === null) {
      // Something between answered, or a server that does not count: a login page, a cache, a mock.
      const message = `status ${status}, but no receipt for ${events.length} events`
      throw new TallyError('bad_response', message, { status })
    }
    const offsetMs = offsetMsOf(date, sentMs, runtime.monotonicMs() - startedMs)
    return { kind: 'answered', ...receipt, offsetMs }
  } catch (cause) {
    return failure(await explained(exchangeError(cause, url), access), afterMs)
  }
}

export const jsonOf = (events: readonly Written[]) => `[${events.map(({ json }) => json)}]`

async function bodyOf(text: string, given: Door['headers'], gzipMinChars: number) {
  const headers = { ...given, 'content-type': 'application/json' }
  if (text.length < gzipMinChars || typeof CompressionStream === 'undefined') {
    return { body: text.length < BYTES_FROM_CHARS ? text : new TextEncoder().encode(text), headers }
  }
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
  const body = new Uint8Array(await new Response(stream).arrayBuffer())
  return { body, headers: { ...headers, 'content-encoding': 'gzip' } }
}

/** What is tried again: a failure that may pass, and an answer of something that is not Tally. */
const RETRIED = /^(network|timeout|overloaded|server_error|bad_response|redirected)$/

function failure(error: TallyError, afterMs: number): Failure {
  const { code, status } = error
  const kind = code === 'too_large' ? 'tooLarge' : RETRIED.test(code) ? 'retry' : 'refused'
  return { kind: code === 'aborted' ? code : kind, error, afterMs, mayBeStored: status !== TOO_MANY_REQUESTS }
}

/** A browser says of no failure why it happened; other platforms give a cause. */
async function explained(error: TallyError, access: PageAccess): Promise<TallyError> {
  const { code, cause } = error
  if (code !== 'network' || !(cause instanceof TypeError) || cause.cause !== undefined) return error
  if (!(await access.isRefused())) return error
  const message = 'the server answers, but not this page: is its origin allowed?'
  return new TallyError('cross_origin_refused', message, { cause: error })
}
