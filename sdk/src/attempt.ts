// One attempt to hand a batch of events to the server: bytes go out, and what is known of their fate comes back as a
// value. Decides nothing about what happens next: when to try again, what to halve, whom to tell.

import { TallyError } from './errors.ts'
import { exchange, exchangeError } from './exchange.ts'
import { type Receipt, readReceipt } from './receipt.ts'
import { retryAfterMs } from './retry.ts'
import type { Runtime } from './runtime.ts'
import { offsetMsOf } from './server-clock.ts'
import { statusError } from './status.ts'

/** Where batches go. */
export type Door = {
  /** Without a slash at the end. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly runtime: Pick<Runtime, 'fetch' | 'after' | 'nowMs' | 'monotonicMs'>
}

/** An event's JSON, written once: every attempt must send the same text. */
type Written = { readonly json: string }

export type WrittenBatch = {
  /** A JSON array of at most `SERVER_LIMIT`; a rejection names an event by its place in it. */
  readonly text: string
  /** How many events it holds. */
  readonly length: number
}

/**
 * What is known of a batch after one attempt:
 *
 * - `answered`: each event is stored, or refused by its index. `offsetMs` is what this answer tells of the server's
 *   clock (see `offsetMsOf`).
 * - `too_large`: none is stored; the server takes fewer events or bytes at once. A single event is too large for ever.
 * - `retry`: try the same bytes again, not before `afterMs`. `mayBeStored`: the answer was lost or is not to be
 *   believed, so the events may be stored or not; their ids make it safe to send them again.
 * - `refused`: the server will not take this batch however often it is sent. Nothing of it is stored (with the code
 *   `cross_origin_refused`, which only a page sees, that is likely but not sure).
 * - `aborted`: the caller's signal fired, and the events may be stored or not.
 */
export type Outcome = ({ readonly kind: 'answered'; readonly offsetMs: number | null } & Receipt) | Failure

type Failure = {
  readonly kind: 'too_large' | 'retry' | 'refused' | 'aborted'
  readonly error: TallyError
  readonly afterMs: number
  readonly mayBeStored: boolean
}

/** An answer to a batch is read up to this, inflated. */
const ANSWER_BYTES_MAX = 256 * 1_024
const ALL_REFUSED = 422
const ACCEPTED = 202
const BAD_REQUEST = 400
const TOO_MANY_REQUESTS = 429

const OWN_KINDS = /^(too_large|aborted)$/
/** What is tried again: a failure that may pass, and an answer of something that is not Tally. */
const RETRIED = /^(network|timeout|overloaded|server_error|bad_response|redirected)$/

/**
 * One attempt. Never rejects.
 *
 * @param timeoutMs until the last byte of the answer is read
 * @param keepalive lets a page's request outlive the page
 */
export async function sendBatch(
  { url: base, headers: own, runtime }: Door,
  { text: body, length }: WrittenBatch,
  timeoutMs: number,
  signal?: AbortSignal,
  keepalive = false,
): Promise<Outcome> {
  const url = `${base}/v1/events`
  let afterMs = 0
  try {
    const headers = { ...own, 'content-type': 'application/json' }
    const request: RequestInit = { method: 'POST', headers, body }
    if (keepalive) request.keepalive = keepalive // not every platform knows the word
    const sentMs = runtime.nowMs()
    const startedMs = runtime.monotonicMs()
    const answer = await exchange(runtime, url, request, ANSWER_BYTES_MAX, timeoutMs, signal)
    const { status, text, headers: answered } = answer
    const dateMs = Date.parse(answered.get('date') ?? '')
    if (status !== ACCEPTED && status !== ALL_REFUSED) {
      if (status >= BAD_REQUEST)
        afterMs = retryAfterMs(answered.get('retry-after'), dateMs || runtime.nowMs())
      throw statusError(status, text)
    }
    const receipt = readReceipt(status, text, length)
    // Where there is none, something between answered, or a server that does not count: a login page, a cache, a mock.
    if (!receipt)
      throw new TallyError('bad_response', `status ${status}, but no receipt for ${length} events`, {
        status,
      })
    const offsetMs = offsetMsOf(dateMs, sentMs, runtime.monotonicMs() - startedMs)
    return { kind: 'answered', ...receipt, offsetMs }
  } catch (cause) {
    const error = exchangeError(cause, url)
    const { code } = error
    const kind = OWN_KINDS.test(code) ? (code as Failure['kind']) : RETRIED.test(code) ? 'retry' : 'refused'
    return { kind, error, afterMs, mayBeStored: error.status !== TOO_MANY_REQUESTS }
  }
}

/**
 * A JSON array of one event or more. Joined once: brackets around the joined text would have all of it copied again.
 */
export const jsonOf = (events: readonly Written[]) =>
  events.map(({ json }, at) => (at ? '' : '[') + json + (events[at + 1] ? '' : ']')).join()
