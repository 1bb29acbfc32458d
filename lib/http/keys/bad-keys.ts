// Keys that nobody knows, by client address. Whoever sends too many gets 429, until the keys are good again: a good key
// is always taken, so that nobody locks out the others behind the same address.
import type { Clock } from '../../clock.ts'
import { TokenBuckets } from '../../token-buckets.ts'
import { clientOf } from '../client-address.ts'

export const BAD_KEYS = { perMinuteMax: 10 } as const

const MINUTE_S = 60
/** Who has more addresses than this has as many tries; a key has too many bits for that to help. */
const ADDRESSES_MAX = 50_000

export class BadKeys {
  readonly #buckets: TokenBuckets | null

  /** Null: no limit. */
  constructor(perMinuteMax: number | null, clock: Pick<Clock, 'nowMs'>) {
    const limits = { burstSeconds: MINUTE_S, namesMax: ADDRESSES_MAX }
    this.#buckets =
      perMinuteMax === null
        ? null
        : new TokenBuckets({ ...limits, tokensPerSecond: perMinuteMax / MINUTE_S }, clock)
  }

  /** Counts one, and returns how many milliseconds the address must wait; 0 if it need not. */
  count(ip: string): number {
    return this.#buckets?.takeWhole(clientOf(ip), 1) ?? 0
  }
}
