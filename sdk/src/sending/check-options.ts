// What the types say of the options, for callers without types.
import { invalid } from '../errors.ts'
import type { QueuePolicy, SendingOptions } from './sending-options.ts'

const POLICIES: readonly QueuePolicy[] = ['drop-newest', 'drop-oldest', 'reject']

/** The least that is allowed. */
const LEAST = {
  batchEvents: 1,
  batchIntervalMs: 0,
  queueEventsMax: 1,
  queueBytesMax: 1,
  eventAgeMaxMs: 0,
  concurrency: 1,
  requestsPerSecondMax: 0.01,
} as const

/** Fails with a TallyError `invalid_argument` that names the option. */
export function checkOptions(options: SendingOptions & { readonly concurrency?: number }): void {
  const { whenFull } = options
  if (whenFull !== undefined && !POLICIES.includes(whenFull))
    throw invalid('whenFull', whenFull, POLICIES.join(', '))
  for (const [name, least] of Object.entries(LEAST)) {
    const value: unknown = options[name as keyof typeof LEAST] ?? least
    if (typeof value !== 'number' || !(value >= least)) {
      throw invalid(name, value, `a number of ${least} or more`)
    }
  }
}
