// Rate limits for events: of each tenant, of each key, of each client address.
import type { Clock } from '../../lib/clock.ts'
import { type Share, TokenBuckets } from '../../lib/token-buckets.ts'

export interface RateLimit {
  /**
   * Takes `events` and returns 0, or takes nothing and returns how many milliseconds to wait. Never
   * rejects.
   */
  take(name: string, events: number): Promise<number>
  /** What is known here of the share, without asking anybody; null: no limit. */
  share(name: string): Share | null
}

/** Beside the limit of each tenant. */
export type SenderLimits = { readonly key: RateLimit; readonly address: RateLimit }

const BURST_SECONDS = 1
/** Whoever has more addresses than this begins anew with each; tenants and keys are fewer. */
const NAMES_MAX = 100_000

/** The rate limit of this process alone. */
export class LocalRateLimit implements RateLimit {
  readonly #buckets: TokenBuckets | null

  /** Null: no limit. */
  constructor(eventsPerSecondMax: number | null, clock: Clock) {
    const limits = { burstSeconds: BURST_SECONDS, namesMax: NAMES_MAX }
    this.#buckets =
      eventsPerSecondMax === null
        ? null
        : new TokenBuckets({ ...limits, tokensPerSecond: eventsPerSecondMax }, clock)
  }

  async take(name: string, events: number): Promise<number> {
    return this.#buckets?.take(name, events) ?? 0
  }

  share(name: string): Share | null {
    return this.#buckets?.look(name) ?? null
  }

  /** Notes what another place has counted. */
  note(name: string, balance: number): void {
    this.#buckets?.set(name, balance)
  }
}
