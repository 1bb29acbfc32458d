// One HTTP request with retries, until it is answered or given up. Knows nothing of events or counts.
import { type Problem, TallyError, type TallyErrorCode } from './errors.ts'
import { type RetryPolicy, retryAfterMs, retryDelayMs } from './retry.ts'
import type { Runtime } from './runtime.ts'

/** Reported before each wait, for logs and metrics. `attempt` is 0 after the first attempt. */
export type RetryNotice = { readonly attempt: number; readonly delayMs: number; readonly error: TallyError }

export type Transport = {
  /** Without a slash at the end. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The timeout of one attempt. */
  readonly timeoutMs: number
  readonly retry: RetryPolicy
  readonly onRetry: (notice: RetryNotice) => void
  readonly runtime: Runtime
}

export type Request = {
  readonly path: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
  /** The statuses that are answers and not errors. */
  readonly expected: readonly number[]
  readonly signal?: AbortSignal | undefined
}

type Failure = { readonly error: TallyError; readonly passing: boolean; readonly retryAfterMs: number }
type Attempt = { readonly answer: unknown } | Failure

/** The JSON of the answer. Fails with a TallyError. */
export async function request(transport: Transport, wanted: Request): Promise<unknown> {
  const { runtime, retry } = transport
  const deadlineMs = runtime.monotonicMs() + retry.deadlineMs
  for (let attempt = 0; ; attempt++) {
    const leftMs = deadlineMs - runtime.monotonicMs()
    const outcome = await attemptOnce(transport, wanted, Math.min(transport.timeoutMs, leftMs))
    if ('answer' in outcome) return outcome.answer
    const { error } = outcome
    const delayMs = retryDelayMs(attempt, runtime.random(), outcome.retryAfterMs, retry)
    const tooLate = runtime.monotonicMs() + delayMs >= deadlineMs
    if (!outcome.passing || tooLate || attempt + 1 >= retry.attemptsMax) throw error
    transport.onRetry({ attempt, delayMs, error })
    await runtime.sleep(delayMs, wanted.signal).catch((reason) => {
      throw aborted(reason)
    })
  }
}

async function attemptOnce(transport: Transport, wanted: Request, timeoutMs: number): Promise<Attempt> {
  const { runtime } = transport
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)))
  try {
    const response = await runtime.fetch(transport.url + wanted.path, {
      method: wanted.method,
      headers: { ...transport.headers, ...wanted.headers },
      body: wanted.body ?? null,
      signal: wanted.signal ? AbortSignal.any([wanted.signal, timeout]) : timeout,
    })
    const text = await response.text()
    return judge(response, text, wanted.expected, runtime.nowMs())
  } catch (cause) {
    if (wanted.signal?.aborted) return failure(aborted(wanted.signal.reason))
    if (timeout.aborted)
      return failure(new TallyError('timeout', `no answer within ${timeoutMs} ms`, { cause }))
    return failure(new TallyError('network', `${transport.url} cannot be reached`, { cause }))
  }
}

function judge(response: Response, text: string, expected: readonly number[], nowMs: number): Attempt {
  const { status } = response
  const json = parse(text)
  if (expected.includes(status)) {
    if (json !== undefined) return { answer: json }
    return failure(new TallyError('bad_response', `status ${status}, but the body is not JSON`, { status }))
  }
  const problem = isObject(json) ? (json as Problem) : undefined
  const detail = problem?.detail ?? problem?.title ?? text.slice(0, 200)
  const error = new TallyError(codeOf(status), `status ${status}: ${detail}`, {
    status,
    ...(problem && { problem }),
  })
  return failure(error, retryAfterMs(response.headers.get('retry-after'), nowMs))
}

const PASSING: ReadonlySet<TallyErrorCode> = new Set(['network', 'timeout', 'overloaded', 'server_error'])

function failure(error: TallyError, retryAfterMs = 0): Failure {
  return { error, passing: PASSING.has(error.code), retryAfterMs }
}

const CODES: Readonly<Record<number, TallyErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  408: 'timeout',
  413: 'too_large',
  415: 'unsupported_media_type',
  429: 'overloaded',
  503: 'overloaded',
}

function codeOf(status: number): TallyErrorCode {
  const code = CODES[status]
  if (code) return code
  if (status >= 500) return 'server_error'
  return status >= 400 ? 'bad_request' : 'bad_response'
}

function aborted(reason: unknown): TallyError {
  return new TallyError('aborted', 'the call was aborted', { cause: reason })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
