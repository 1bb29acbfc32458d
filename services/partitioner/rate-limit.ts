// A fair share for each tenant: a token bucket that may be overdrawn by one request, so that no size of
// request is shut out for ever.
import type { Clock } from '../ports/clock.ts'

export interface RateLimit {
  /**
   * Takes `events` and returns 0, or takes nothing and returns for how many milliseconds the tenant must
   * wait. Never rejects.
   */
  take(tenant: string, events: number): Promise<number>
}

type Bucket = { balance: number; filledMs: number }

const BURST_SECONDS = 1

/**
 * The share that this process grants by itself. Holds one entry per tenant, and tenants are as many as there
 * are keys.
 */
export class LocalRateLimit implements RateLimit {
  readonly #eventsPerSecondMax: number | null
  readonly #clock: Clock
  readonly #buckets = new Map<string, Bucket>()

  constructor(eventsPerSecondMax: number | null, clock: Clock) {
    this.#eventsPerSecondMax = eventsPerSecondMax
    this.#clock = clock
  }

  async take(tenant: string, events: number): Promise<number> {
    const rate = this.#eventsPerSecondMax
    if (rate === null) return 0
    const nowMs = this.#clock.nowMs()
    const bucket = this.#buckets.get(tenant) ?? { balance: rate * BURST_SECONDS, filledMs: nowMs }
    this.#buckets.set(tenant, bucket)
    const elapsedMs = Math.max(0, nowMs - bucket.filledMs)
    bucket.balance = Math.min(rate * BURST_SECONDS, bucket.balance + (elapsedMs / 1000) * rate)
    bucket.filledMs = nowMs
    if (bucket.balance <= 0) return Math.max(1, Math.ceil((-bucket.balance / rate) * 1000))
    bucket.balance -= events
    return 0
  }
}
