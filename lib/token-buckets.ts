// Rate limits: a token bucket per name. One request may overdraw it, so that no request is too large for ever. Names
// may be many and invented: those that were not used for long are forgotten, and begin again with a full bucket.
import type { Clock } from './clock.ts'
import { RecentValues } from './recent-values.ts'

export type BucketLimits = {
  readonly tokensPerSecond: number
  /** A full bucket holds what flows in during this many seconds. */
  readonly burstSeconds: number
  /** As many of the most recently used ones are remembered. */
  readonly namesMax: number
}

/** `balance`: what is left of `quota`, which flows in within `windowS` seconds; below 0 if overdrawn. */
export type Share = { readonly quota: number; readonly windowS: number; readonly balance: number }

type Bucket = { balance: number; filledMs: number }

export class TokenBuckets {
  readonly #limits: BucketLimits
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #buckets: RecentValues<Bucket>

  constructor(limits: BucketLimits, clock: Pick<Clock, 'nowMs'>) {
    this.#limits = limits
    this.#clock = clock
    this.#buckets = new RecentValues(limits.namesMax)
  }

  /** Takes `tokens` and returns 0, or takes nothing and returns how many milliseconds to wait. */
  take(name: string, tokens: number): number {
    return this.#take(name, tokens, Number.MIN_VALUE)
  }

  /** The same, but never overdraws: what is taken must be there. */
  takeWhole(name: string, tokens: number): number {
    return this.#take(name, tokens, tokens)
  }

  #take(name: string, tokens: number, least: number): number {
    const { tokensPerSecond } = this.#limits
    const bucket = this.#filled(name)
    if (bucket.balance < least) {
      return Math.max(1, Math.ceil(((least - bucket.balance) / tokensPerSecond) * 1000))
    }
    bucket.balance -= tokens
    return 0
  }

  /** Takes what was used already, whatever is left. */
  charge(name: string, tokens: number): void {
    this.#filled(name).balance -= tokens
  }

  look(name: string): Share {
    const { burstSeconds } = this.#limits
    return { quota: this.#full, windowS: burstSeconds, balance: this.#filled(name).balance }
  }

  /** Replaces the balance by one that is known from elsewhere. */
  set(name: string, balance: number): void {
    this.#filled(name).balance = balance
  }

  get #full(): number {
    return this.#limits.tokensPerSecond * this.#limits.burstSeconds
  }

  /** With what has flown in until now. */
  #filled(name: string): Bucket {
    const nowMs = this.#clock.nowMs()
    const bucket = this.#buckets.get(name) ?? this.#begin(name, nowMs)
    const elapsedMs = Math.max(0, nowMs - bucket.filledMs)
    const more = (elapsedMs / 1000) * this.#limits.tokensPerSecond
    bucket.balance = Math.min(this.#full, bucket.balance + more)
    bucket.filledMs = nowMs
    return bucket
  }

  #begin(name: string, nowMs: number): Bucket {
    const bucket = { balance: this.#full, filledMs: nowMs }
    this.#buckets.set(name, bucket, 1)
    return bucket
  }
}
