// Rate limits: a token bucket per name. One request may overdraw it, so that no request is too large for ever. Names
// may be many and invented: the least recently used ones are forgotten, and begin again with a full bucket.
import type { Clock } from './clock.ts'
import { RecentValues } from './recent-values.ts'

export type BucketLimits = {
  readonly tokensPerSecond: number
  /** A full bucket holds what flows in during this many seconds. */
  readonly burstSeconds: number
  readonly namesMax: number
}

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
    const { tokensPerSecond, burstSeconds } = this.#limits
    const full = tokensPerSecond * burstSeconds
    const nowMs = this.#clock.nowMs()
    const bucket = this.#buckets.get(name) ?? { balance: full, filledMs: nowMs }
    this.#buckets.set(name, bucket, 1)
    const elapsedMs = Math.max(0, nowMs - bucket.filledMs)
    bucket.balance = Math.min(full, bucket.balance + (elapsedMs / 1000) * tokensPerSecond)
    bucket.filledMs = nowMs
    if (bucket.balance <= 0) return Math.max(1, Math.ceil((-bucket.balance / tokensPerSecond) * 1000))
    bucket.balance -= tokens
    return 0
  }
}
