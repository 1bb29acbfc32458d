// Errors as the outside sees them: RFC 9457 problem details. Knows nothing of the server that sends them.

/**
 * Every problem that this product answers with. `type` is `urn:tally:problem:<slug>` and never changes
 * meaning.
 */
const PROBLEMS = {
  'unreadable-body': { status: 400, title: 'The body cannot be read' },
  'invalid-request': { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'An API key is needed' },
  'link-expired': { status: 401, title: 'The link has ended' },
  forbidden: { status: 403, title: 'The API key is unknown, or does not allow that' },
  'cross-site-request': { status: 403, title: 'Pages of other sites may change nothing here' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'method-not-allowed': { status: 405, title: 'This address does not take that method' },
  conflict: { status: 409, title: 'Its state does not allow that' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'too-many-events': { status: 413, title: 'There are too many events in one request' },
  'address-too-long': { status: 414, title: 'The address is too long' },
  'unsupported-media-type': { status: 415, title: 'The content type is not one that is read here' },
  'unsupported-encoding': { status: 415, title: 'The content encoding is not one that is read here' },
  'host-not-served': { status: 421, title: 'The server does not answer to that host name' },
  misdirected: { status: 421, title: 'Another service answers that' },
  'no-event-accepted': { status: 422, title: 'Not one event was accepted' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  'method-unknown': { status: 501, title: 'The server knows no such method' },
  internal: { status: 500, title: 'Something went wrong here' },
  overloaded: { status: 503, title: 'There is too much to do right now' },
  'log-unavailable': { status: 503, title: 'Events cannot be stored right now' },
  'journal-unavailable': { status: 503, title: 'What is done cannot be recorded right now' },
  'videos-unavailable': { status: 503, title: 'What is known of videos is away right now' },
  'alerts-unavailable': { status: 503, title: 'Alerts cannot be read or changed right now' },
  'store-unavailable': { status: 503, title: 'Counts cannot be read right now' },
  'not-ready': { status: 503, title: 'The service is not ready' },
  closing: { status: 503, title: 'The server is closing' },
} as const

export type ProblemType = keyof typeof PROBLEMS

export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8'

/**
 * One fault among several: where it is (an event's index, a query parameter's name) and what is wrong with
 * it.
 */
export type Fault = {
  readonly index?: number
  readonly parameter?: string
  readonly code?: string
  readonly detail: string
}

export type ProblemOptions = {
  readonly type: ProblemType
  /** What went wrong this time, in words for the sender. */
  readonly detail: string
  readonly errors?: readonly Fault[]
  /** Further members of the body, beside those of RFC 9457. */
  readonly members?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** Temporary problems say how long to wait (RFC 9110): a second, unless the thrower knows better. */
const RETRY_HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  429: { 'retry-after': '1' },
  503: { 'retry-after': '1' },
}

/** Thrown anywhere under a route; the server's error handler turns it into the answer. */
export class ProblemError extends Error {
  readonly type: ProblemType
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly errors: readonly Fault[] | undefined
  readonly members: Readonly<Record<string, unknown>> | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(options: ProblemOptions) {
    super(options.detail, { cause: options.cause })
    this.name = 'ProblemError'
    this.type = options.type
    this.status = PROBLEMS[options.type].status
    this.title = PROBLEMS[options.type].title
    this.detail = options.detail
    this.errors = options.errors
    this.members = options.members
    this.headers = { ...RETRY_HEADERS[this.status], ...options.headers }
  }
}

/** For errors of something that is away for now, under a call that is safe to repeat; a problem stays as it is. */
export function awayAs(type: ProblemType): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof ProblemError) throw cause
    throw new ProblemError({ type, detail: 'Send this again in a moment: to repeat it is safe.', cause })
  }
}

/** The body of the answer, as JSON text. */
export function problemBody(problem: ProblemError): string {
  return JSON.stringify({
    ...problem.members,
    type: `urn:tally:problem:${problem.type}`,
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    errors: problem.errors,
  })
}
