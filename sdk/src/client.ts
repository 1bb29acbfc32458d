// The client: its settings and its calls.
import type { Door } from './attempt.ts'
import { TallyError } from './errors.ts'
import type { TallyEvent } from './event.ts'
import { createPageAccess } from './page-access.ts'
import { type ProcessOptions, type ProcessResult, processEvents, type Sender } from './process-events.ts'
import { type Query, type QueryAnswer, query } from './query.ts'
import type { Time } from './question.ts'
import type { RetryNotice, Transport } from './request.ts'
import { DEFAULT_RETRY, type RetryPolicy } from './retry.ts'
import { platformRuntime, type Runtime } from './runtime.ts'
import {
  type CallOptions,
  getStats,
  getSummary,
  type Stats,
  type StatsFunction,
  type StatsOptions,
  type Summary,
} from './stats.ts'
import { getTop, type Top, type TopOptions } from './top.ts'
import { createUuidV7 } from './uuid-v7.ts'

export type ClientOptions = {
  /** The address of Tally, such as `http://localhost:8080`. */
  readonly url: string
  readonly apiKey?: string
  readonly fetch?: typeof globalThis.fetch
  /** For one attempt; 10,000 when missing. */
  readonly timeoutMs?: number
  readonly retry?: Partial<RetryPolicy>
  /** What it throws is ignored. */
  readonly onRetry?: (notice: RetryNotice) => void
  /** Requests in flight at once, of one call of processEvents; 4 when missing. */
  readonly concurrency?: number
  /** Bodies from this many characters on are sent gzipped; none when missing. */
  readonly gzipMinChars?: number
  /** Refuses values of more than three decimal places; otherwise they are rounded. */
  readonly strict?: boolean
}

export type Client = {
  /**
   * Sends events and resolves when each has been durably accepted or rejected. Missing ids and times are set now;
   * every retry sends the same bytes, so an event is counted once however often it is sent.
   *
   * Fails with a TallyError whose `unresolved` lists the events whose outcome is unknown.
   */
  processEvents(events: readonly TallyEvent[], options?: ProcessOptions): Promise<ProcessResult>
  /**
   * One function of one video's events of a type, over the half-open range from `startTime` (the beginning
   * when missing) to `endTime` (now when missing), widened to whole minutes. Fails with a TallyError.
   */
  getStats(
    videoId: string,
    eventType: string,
    fn: StatsFunction,
    startTime?: Time,
    endTime?: Time,
    options?: StatsOptions,
  ): Promise<Stats>
  /** All functions of all types of one video. Fails with a TallyError. */
  getSummary(videoId: string, startTime?: Time, endTime?: Time, options?: CallOptions): Promise<Summary>
  /** Many videos, types and functions at once, grouped, ordered and compared. Fails with a TallyError. */
  query(asked: Query, options?: CallOptions): Promise<QueryAnswer>
  /** The most counted videos of a window of at most a day, or the fastest rising. Fails with a TallyError. */
  getTop(eventType: string, options?: TopOptions): Promise<Top>
}

/** Events are worth more patience than questions, which can be asked again: their deadline is what ends it. */
const DELIVERY_RETRY: Partial<RetryPolicy> = { attemptsMax: 20 }

/** Fails with a TallyError `invalid_argument`. */
export function createClient(options: ClientOptions, runtime: Runtime = platformRuntime): Client {
  const url = baseUrl(options.url)
  const headers = options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }
  const platform = options.fetch === undefined ? runtime : { ...runtime, fetch: options.fetch }
  const transport: Transport = {
    url,
    headers,
    timeoutMs: options.timeoutMs ?? 10_000,
    retry: { ...DEFAULT_RETRY, ...options.retry },
    onRetry: (notice) => tell(options.onRetry, notice),
    runtime: platform,
  }
  const door: Door = {
    url,
    headers,
    gzipMinChars: options.gzipMinChars ?? Number.POSITIVE_INFINITY,
    access: createPageAccess(platform, url),
    runtime: platform,
  }
  const sender: Sender = {
    courier: { ...transport, door, retry: { ...DEFAULT_RETRY, ...DELIVERY_RETRY, ...options.retry } },
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
    getStats: async (videoId, eventType, fn, startTime, endTime, options = {}) =>
      getStats(transport, videoId, eventType, fn, startTime, endTime, options),
    getSummary: async (videoId, startTime, endTime, options = {}) =>
      getSummary(transport, videoId, startTime, endTime, options),
    query: async (asked, options = {}) => query(transport, asked, options),
    getTop: async (eventType, options = {}) => getTop(transport, eventType, options),
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
function tell(listener: ClientOptions['onRetry'], notice: RetryNotice): void {
  try {
    listener?.(notice)
  } catch {}
}
