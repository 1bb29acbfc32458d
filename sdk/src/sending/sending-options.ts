// The settings of track, flush and close, and their defaults: on a server, and in a page.
import { TallyError } from '../errors.ts'
import type { QueuePolicy, SendLimits } from './send-state.ts'
import type { Listeners } from './tell-outcomes.ts'

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

type LimitName =
  | 'batchEvents'
  | 'batchIntervalMs'
  | 'queueEventsMax'
  | 'queueBytesMax'
  | 'eventAgeMaxMs'
  | 'requestsPerSecondMax'
  | 'concurrency'

const DAYS_7_MS = 7 * 86_400_000
const POLICIES: readonly QueuePolicy[] = ['drop-newest', 'drop-oldest', 'reject']

/** Fails with a TallyError `invalid_argument` that names the option. */
export function sendLimits(
  options: SendingOptions & { readonly concurrency?: number },
  isPage: boolean,
): SendLimits {
  const { whenFull = 'drop-newest' } = options
  if (!POLICIES.includes(whenFull)) throw invalid('whenFull', whenFull, POLICIES.join(', '))
  const read = (name: LimitName, missing: number, min = 1) => {
    const value = options[name] ?? missing
    if (typeof value === 'number' && value >= min) return value
    throw invalid(name, value, `a number of ${min} or more`)
  }
  return {
    batchEvents: read('batchEvents', isPage ? 20 : 100),
    intervalMs: read('batchIntervalMs', isPage ? 5_000 : 1_000, 0),
    queueEventsMax: read('queueEventsMax', 10_000),
    queueBytesMax: read('queueBytesMax', 16 * 1_024 * 1_024),
    whenFull,
    eventAgeMaxMs: read('eventAgeMaxMs', DAYS_7_MS, 0),
    concurrency: read('concurrency', isPage ? 1 : 4),
    requestsPerSecond: read('requestsPerSecondMax', isPage ? 10 : 100, 0.01),
    keepalive: isPage && 'keepalive' in Request.prototype,
  }
}

function invalid(name: string, value: unknown, rule: string): TallyError {
  return new TallyError('invalid_argument', `${name} is ${JSON.stringify(value)}: it must be ${rule}`)
}
