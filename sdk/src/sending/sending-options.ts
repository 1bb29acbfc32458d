// The settings of track, flush and close, and their defaults: on a server, and in a page.
import type { Listeners } from './tell-outcomes.ts'

export type QueuePolicy = 'drop-newest' | 'drop-oldest' | 'reject'

export type SendingOptions = Listeners & {
  /** A batch is sent as soon as it holds this many events; 100, in a page 20. More, up to 1,000, when behind. */
  readonly batchEvents?: number
  /** A smaller one is sent when its oldest event has waited this long; 1,000, in a page 5,000. */
  readonly batchIntervalMs?: number
  /** Pending events, those under way included; 10,000. */
  readonly queueEventsMax?: number
  /** Their JSON in UTF-8; 16 MiB. */
  readonly queueBytesMax?: number
  /**
   * Which event gives way at these bounds: the new one (`drop-newest`, the default), the oldest one that is not
   * under way (`drop-oldest`), both told to `onDropped`; or the new one is refused (`reject`), told to
   * `onRejected`.
   */
  readonly whenFull?: QueuePolicy
  /** Events older than this are not tried again; seven days, as long as the server takes late events by default. */
  readonly eventAgeMaxMs?: number
  /** Requests started a second; 100, in a page 10. */
  readonly requestsPerSecondMax?: number
}

export type SendLimits = {
  readonly batchEvents: number
  readonly batchIntervalMs: number
  readonly queueEventsMax: number
  readonly queueBytesMax: number
  readonly eventAgeMaxMs: number
  readonly concurrency: number
  readonly requestsPerSecondMax: number
  readonly whenFull: QueuePolicy | undefined
  /** Whether requests of a page outlive it: those within the browser's quota are sent so. */
  readonly keepalive: boolean
}

/** What is not given is as in the table of the README. */
export const sendLimits = (
  isPage: boolean,
  {
    batchEvents = isPage ? 20 : 100,
    batchIntervalMs = isPage ? 5_000 : 1_000,
    queueEventsMax = 10_000,
    queueBytesMax = 2 ** 24,
    eventAgeMaxMs = 7 * 86_400_000,
    concurrency = isPage ? 1 : 4,
    requestsPerSecondMax = isPage ? 10 : 100,
    whenFull,
  }: SendingOptions & { readonly concurrency?: number },
): SendLimits => ({
  batchEvents,
  batchIntervalMs,
  queueEventsMax,
  queueBytesMax,
  eventAgeMaxMs,
  concurrency,
  requestsPerSecondMax,
  whenFull,
  keepalive: isPage && 'keepalive' in Request.prototype,
})
