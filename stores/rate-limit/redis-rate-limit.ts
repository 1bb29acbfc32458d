// The rate limit of a tenant over all partitioners: the same token bucket as the local form, stored in Redis and
// filled by Redis's clock. Requests that arrive during a round trip share the next one. If Redis does not answer,
// each partitioner grants the whole rate by itself: a tenant then gets at most its rate times the number of
// partitioners.

import type { Share } from '../../lib/token-buckets.ts'
import type { RedisCalls } from '../redis/calls.ts'
import { RedisScript } from '../redis/script.ts'
import type { LocalRateLimit, RateLimit } from './rate-limit.ts'

const BATCH_MAX = 500
const BURST_SECONDS = 1

const TAKE = new RedisScript(`
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local waits, balances = {}, {}
for i, key in ipairs(KEYS) do
  local held = redis.call('HMGET', key, 'balance', 'at')
  local elapsed_ms = math.max(0, now_ms - (tonumber(held[2]) or now_ms))
  local balance = math.min(burst, (tonumber(held[1]) or burst) + elapsed_ms / 1000 * rate)
  if balance <= 0 then
    waits[i] = math.max(1, math.ceil(-balance / rate * 1000))
  else
    balance = balance - tonumber(ARGV[2 + i])
    waits[i] = 0
  end
  balances[i] = math.floor(balance)
  redis.call('HSET', key, 'balance', balance, 'at', now_ms)
  redis.call('PEXPIRE', key, math.ceil((burst - balance) / rate * 1000) + 1000)
end
for i = 1, #KEYS do waits[#KEYS + i] = balances[i] end
return waits
`)

type Take = {
  readonly tenant: string
  readonly events: number
  readonly settle: (waitMs: number | Promise<number>) => void
}

export class RedisRateLimit implements RateLimit {
  readonly #calls: RedisCalls
  readonly #eventsPerSecondMax: number
  readonly #local: LocalRateLimit
  readonly #prefix: string
  #waiting: Take[] = []
  #isAsking = false

  constructor(calls: RedisCalls, eventsPerSecondMax: number, local: LocalRateLimit, prefix = 'tally:rate') {
    this.#calls = calls
    this.#eventsPerSecondMax = eventsPerSecondMax
    this.#local = local
    this.#prefix = prefix
  }

  take(tenant: string, events: number): Promise<number> {
    const { promise, resolve: settle } = Promise.withResolvers<number>()
    this.#waiting.push({ tenant, events, settle })
    if (!this.#isAsking) this.#askAll()
    return promise
  }

  /** As Redis last said it. */
  share(tenant: string): Share | null {
    return this.#local.share(tenant)
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true
    await null // lets the requests of one turn come together
    while (this.#waiting.length > 0) await this.#ask(this.#waiting.splice(0, BATCH_MAX))
    this.#isAsking = false
  }

  async #ask(takes: readonly Take[]): Promise<void> {
    const rate = this.#eventsPerSecondMax
    const keys = takes.map(({ tenant }) => `${this.#prefix}:${tenant}`)
    const args = [rate, rate * BURST_SECONDS, ...takes.map(({ events }) => events)]
    try {
      const waits = (await this.#calls.run((redis) => TAKE.run(redis, keys, args))) as number[]
      const balances = waits.splice(takes.length)
      takes.forEach(({ tenant, settle }, i) => {
        if (balances[i] !== undefined) this.#local.note(tenant, balances[i])
        settle(waits[i]!)
      })
    } catch {
      for (const { tenant, events, settle } of takes) settle(this.#local.take(tenant, events))
    }
  }
}
