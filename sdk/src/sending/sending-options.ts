// The settings of track, flush and close, and their defaults: on a server, and in a page.
import { invalid } from '../errors.ts'
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
  /** Gets a promise of what was tracked, on platforms that end a program between requests. */
  readonly waitUntil?: (promise: Promise<unknown>) => void
}

/** On a server, in a page, and the least that is allowed. */
const LIMITS = {
  batchEvents: [100, 20, 1],
  batchIntervalMs: [1_000, 5_000, 0],
  queueEventsMax: [10_000, 10_000, 1],
  queueBytesMax: [16 * 1_024 * 1_024, 16 * 1_024 * 1_024, 1],
  eventAgeMaxMs: [7 * 86_400_000, 7 * 86_400_000, 0],
  concurrency: [4, 1, 1],
  requestsPerSecondMax: [100, 10, 0.01],
} as const

type LimitName = keyof typeof LIMITS

export type SendLimits = Readonly<Record<LimitName, number>> & {
  readonly whenFull: QueuePolicy
  /** Whether requests of a page outlive it: those within the browser's quota are sent so. */
  readonly keepalive: boolean
}

const POLICIES: readonly QueuePolicy[] = ['drop-newest', 'drop-oldest', 'reject']

/** Fails with a TallyError `invalid_argument` that names the option. */
export function sendLimits(
  options: SendingOptions & { readonly concurrency?: number },
  isPage: boolean,
): SendLimits {
  const { whenFull = POLICIES[0]! } = options
  if (!POLICIES.includes(whenFull)) throw invalid('whenFull', whenFull, POLICIES.join(', '))
  const limits = {} as Record<LimitName, number>
  for (const name of Object.keys(LIMITS) as LimitName[]) {
    const [server, page, least] = LIMITS[name]
    const value = options[name] ?? (isPage ? page : server)
    if (typeof value !== 'number' || !(value >= least))
      throw invalid(name, value, `a number of ${least} or more`)
    limits[name] = value
  }
  return { ...limits, whenFull, keepalive: isPage && 'keepalive' in Request.prototype }
}
