// One question to the server with retries, until it is answered or given up. Knows nothing of events or counts.
import { TallyError } from './errors.ts'
import { type Answer, exchange, exchangeError } from './exchange.ts'
import type { PatientRuntime } from './patient-runtime.ts'
import { type RetryPolicy, retryAfterMs, retryDelayMs } from './retry.ts'
import { isPassing, parseJson, statusError } from './status.ts'
import type { Endpoint } from './transport.ts'

/** Reported before each wait, for logs and metrics. `attempt` is 0 after the first attempt. */
export type RetryNotice = { readonly attempt: number; readonly delayMs: number; readonly error: TallyError }

export type Transport = Endpoint & {
  readonly sleep: PatientRuntime['sleep']
  readonly retry: RetryPolicy
  readonly onRetry: (notice: RetryNotice) => void
}

export type Request = {
  readonly path: string
  readonly method: 'GET' | 'POST'
  /** JSON. */
  readonly body?: string
  readonly signal?: AbortSignal | undefined
}

/** Longer than the answer to any question that the server takes. */
const ANSWER_BYTES_MAX = 64 * 1_024 * 1_024
const OK = 200

type Failure = { readonly error: TallyError; readonly retryAfterMs: number }
type Attempt = { readonly answer: unknown } | Failure

/** The JSON of the answer with status 200. Fails with a TallyError. */
export async function request(transport: Transport, wanted: Request): Promise<unknown> {
  const { runtime, retry } = transport
  const deadlineMs = runtime.monotonicMs() + retry.deadlineMs
  for (let attempt = 0; ; attempt++) {
    const leftMs = deadlineMs - runtime.monotonicMs()
    const outcome = await attemptOnce(transport, wanted, Math.ceil(Math.min(transport.timeoutMs, leftMs)))
    if ('answer' in outcome) return outcome.answer
    const { error } = outcome
    const delayMs = retryDelayMs(attempt, runtime.random(), outcome.retryAfterMs, retry)
    const tooLate = runtime.monotonicMs() + delayMs >= deadlineMs
    if (!isPassing(error.code) || tooLate || attempt + 1 >= retry.attemptsMax) throw error
    transport.onRetry({ attempt, delayMs, error })
    await transport.sleep(delayMs, wanted.signal)
  }
}

async function attemptOnce(transport: Transport, wanted: Request, timeoutMs: number): Promise<Attempt> {
  const { runtime } = transport
  const { method, body, signal } = wanted
  const url = transport.url + wanted.path
  const headers = { ...transport.headers, ...(body && { 'content-type': 'application/json' }) }
  const init: RequestInit = { method, headers, body: body ?? null }
  try {
    const answer = await exchange(runtime, url, init, ANSWER_BYTES_MAX, timeoutMs, signal)
    return judge(answer, runtime.nowMs())
  } catch (error) {
    return { error: exchangeError(error, url), retryAfterMs: 0 }
  }
}

function judge({ status, headers, text }: Answer, nowMs: number): Attempt {
  if (status !== OK) {
    return { error: statusError(status, text), retryAfterMs: retryAfterMs(headers.get('retry-after'), nowMs) }
  }
  const answer = parseJson(text)
  if (answer !== undefined) return { answer }
  const message = `status ${status}, but the body is not JSON`
  return { error: new TallyError('bad_response', message, { status }), retryAfterMs: 0 }
}
