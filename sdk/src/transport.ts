// How requests are sent: what a client that sends and one that reads have in common.
import { TallyError } from './errors.ts'
import type { RetryNotice, Transport } from './request.ts'
import { DEFAULT_RETRY, type RetryPolicy } from './retry.ts'
import type { Runtime } from './runtime.ts'

export type TransportOptions = {
  /** The address of Tally, such as `http://localhost:8080`. */
  readonly url: string
  readonly apiKey?: string
  readonly fetch?: typeof globalThis.fetch
  /** For one attempt; 10,000 when missing. */
  readonly timeoutMs?: number
  readonly retry?: Partial<RetryPolicy>
  /** What it throws is ignored. */
  readonly onRetry?: (notice: RetryNotice) => void
}

/** Fails with a TallyError `invalid_argument`. */
export function createTransport(options: TransportOptions, runtime: Runtime): Transport {
  return {
    url: baseUrl(options.url),
    headers: options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` },
    timeoutMs: options.timeoutMs ?? 10_000,
    retry: { ...DEFAULT_RETRY, ...options.retry },
    onRetry: (notice) => tell(options.onRetry, notice),
    runtime: options.fetch === undefined ? runtime : { ...runtime, fetch: options.fetch },
  }
}

function baseUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    throw new TallyError('invalid_argument', `url ${JSON.stringify(url)} is not an http or https address`)
  }
  return (parsed.origin + parsed.pathname).replace(/\/+$/, '')
}

/** What the caller's function throws must not cost an event its answer. */
function tell(listener: TransportOptions['onRetry'], notice: RetryNotice): void {
  try {
    listener?.(notice)
  } catch {}
}
