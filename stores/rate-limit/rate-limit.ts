// The rate limit for events of each tenant.
import type { Clock } from '../../lib/clock.ts'
import { TokenBuckets } from '../../lib/token-buckets.ts'

export interface RateLimit {
  /**
   * Takes `events` and returns 0, or takes nothing and returns how many milliseconds the tenant must wait. Never
   * rejects.
   */
  take(tenant: string, events: number): Promise<number>
}

const BURST_SECONDS = 1
/** Mostly as many as there are API keys. */
const TENANTS_MAX = 100_000

/** The rate limit of this process alone. */
export class LocalRateLimit implements RateLimit {
  readonly #buckets: TokenBuckets | null

  /** Null: no limit. */
  constructor(eventsPerSecondMax: number | null, clock: Clock) {
    const limits = { burstSeconds: BURST_SECONDS, namesMax: TENANTS_MAX }
    this.#buckets =
      eventsPerSecondMax === null
        ? null
        : new TokenBuckets({ ...limits, tokensPerSecond: eventsPerSecondMax }, clock)
  }

  async take(tenant: string, events: number): Promise<number> {
    return this.#buckets?.take(tenant, events) ?? 0
  }
}
