// The one error that this SDK throws.
import type { TallyEvent } from './event.ts'
import type { ProcessResult } from './process-events.ts'

/**
 * - `invalid_argument`: the call cannot be turned into a request; nothing was sent.
 * - `aborted`: the caller's signal fired.
 * - `network`, `timeout`, `overloaded` (429, 503), `server_error` (other 5xx): the last failure after all retries.
 * - `bad_request` (400 and 4xx without a code of its own), `unauthorized`, `forbidden`, `too_large`,
 *   `unsupported_media_type`: the server refused; repeating the call as it is will not help.
 * - `not_implemented` (501, 505): there is no Tally behind the url, or not one that can do this.
 * - `redirected`: the url leads elsewhere. Only what cannot go wrong is followed: 307 and 308 to the same origin, and
 *   for questions other redirects within it; `createSender` follows none.
 * - `cross_origin_refused`: the server is within reach, but a page of this origin may not use it; of `createClient`.
 * - `bad_response`: the answer is not one of Tally's, or does not say what became of all the events; is the url right?
 */
export type TallyErrorCode =
  | 'invalid_argument'
  | 'aborted'
  | 'network'
  | 'timeout'
  | 'overloaded'
  | 'server_error'
  | 'bad_request'
  | 'unauthorized'
  | 'forbidden'
  | 'too_large'
  | 'unsupported_media_type'
  | 'not_implemented'
  | 'redirected'
  | 'cross_origin_refused'
  | 'bad_response'

/** RFC 9457 problem details, as the server sent them. */
export type Problem = { readonly type?: string; readonly title?: string; readonly detail?: string }

/** An event that may or may not be stored, with the id and time with which it was sent, and why that is unknown. */
export type UnresolvedEvent = {
  readonly index: number
  readonly event: TallyEvent
  readonly code: TallyErrorCode
}

type TallyErrorOptions = ErrorOptions & {
  readonly status?: number | undefined
  readonly problem?: Problem | undefined
  readonly unresolved?: readonly UnresolvedEvent[]
  readonly answered?: ProcessResult
}

export class TallyError extends Error {
  declare readonly code: TallyErrorCode
  /** HTTP status of the last answer, if there was one. */
  declare readonly status: number | undefined
  declare readonly problem: Problem | undefined
  /**
   * For `processEvents`: the events whose outcome is unknown, by index in the given list. Pass these same events to
   * `processEvents` again: they keep id and time, so none of them is counted twice.
   */
  declare readonly unresolved: readonly UnresolvedEvent[]
  /** For `processEvents`: what became of all other events, by index in the given list. */
  declare readonly answered: ProcessResult | undefined

  constructor(code: TallyErrorCode, message: string, options?: TallyErrorOptions) {
    super(message, options)
    Object.assign(this, { name: 'TallyError', code, unresolved: [] }, options)
  }
}

export function invalid(name: string, value: unknown, rule: string): TallyError {
  return new TallyError('invalid_argument', `${name} is ${JSON.stringify(value)}: it must be ${rule}`)
}
