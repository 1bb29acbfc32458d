// The rates of all partitioners, in one hash in Redis: a field for each process, with the time of its own clock. If
// Redis does not answer, each has only its own.
import type { Clock } from '../../lib/clock.ts'
import type { RedisCalls } from '../redis/calls.ts'
import { FRESH_MS, parseRates, type Rates, ratesText, type SharedRates, sumOf } from './rates.ts'

const KEY = 'tally:video-rates'
/** A field that nobody has written for so long is removed. */
const KEPT_MS = 10 * FRESH_MS

export class RedisRates implements SharedRates {
  readonly #calls: RedisCalls
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #process: string

  /** @param process a name that no other process has */
  constructor(calls: RedisCalls, clock: Pick<Clock, 'nowMs'>, process: string) {
    this.#calls = calls
    this.#clock = clock
    this.#process = process
  }

  async share(own: Rates): Promise<Rates> {
    try {
      return sumOf([own, ...(await this.#others(own))])
    } catch {
      return own
    }
  }

  /** Tells them ours. */
  async #others(own: Rates): Promise<readonly Rates[]> {
    const nowMs = this.#clock.nowMs()
    const text = ratesText(own, nowMs)
    await this.#calls.run((redis) =>
      redis.multi().hset(KEY, this.#process, text).pexpire(KEY, KEPT_MS).exec(),
    )
    const told = await this.#calls.run((redis) => redis.hgetall(KEY))
    const fresh: Rates[] = []
    const gone: string[] = []
    for (const [process, its] of Object.entries(told)) {
      if (process === this.#process) continue
      const known = parseRates(its)
      const ageMs = known === null ? Number.POSITIVE_INFINITY : Math.abs(nowMs - known.atMs)
      if (known !== null && ageMs <= FRESH_MS) fresh.push(known.rates)
      else if (ageMs > KEPT_MS) gone.push(process)
    }
    if (gone.length > 0) await this.#calls.run((redis) => redis.hdel(KEY, ...gone))
    return fresh
  }
}
