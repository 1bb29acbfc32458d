// Where requests go, and how patiently they are repeated: what a client that sends and one that reads have in common.
import { TallyError } from './errors.ts'
import { parseUrl } from './exchange.ts'
import { followRedirects } from './follow-redirects.ts'
import type { PatientRuntime } from './patient-runtime.ts'
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

export type Endpoint = {
  /** Without a slash at the end. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The timeout of one attempt. */
  readonly timeoutMs: number
  readonly runtime: Runtime
}

/** Fails with a TallyError `invalid_argument`. */
export function endpointOf(options: TransportOptions, runtime: Runtime): Endpoint {
  const { apiKey, fetch = runtime.fetch, timeoutMs = 10_000 } = options
  return {
    url: baseUrl(options.url),
    headers: apiKey ? { authorization: `Bearer ${apiKey}` } : {},
    timeoutMs,
    runtime: { ...runtime, fetch },
  }
}

/** As `endpointOf`, for clients that follow redirects. */
export function followingEndpoint(options: TransportOptions, runtime: Runtime): Endpoint {
  const endpoint = endpointOf(options, runtime)
  return { ...endpoint, runtime: { ...endpoint.runtime, fetch: followRedirects(endpoint.runtime.fetch) } }
}

/** @param patience what is other than for questions */
export function transportOf(
  endpoint: Endpoint,
  { sleep }: PatientRuntime,
  { retry, onRetry }: TransportOptions,
  patience?: Partial<RetryPolicy>,
): Transport {
  return {
    ...endpoint,
    sleep,
    retry: { ...DEFAULT_RETRY, ...patience, ...retry },
    onRetry: (notice) => {
      try {
        onRetry?.(notice)
      } catch {} // must not cost an event its answer
    },
  }
}

function baseUrl(url: string): string {
  const { protocol, origin, pathname } = parseUrl(url) ?? {}
  if (!/^https?:$/.test(protocol ?? ''))
    throw new TallyError('invalid_argument', `url is ${url}: it must be an http or https address`)
  return (origin! + pathname).replace(/\/+$/, '')
}
