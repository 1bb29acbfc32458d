// Calls to Redis with a bounded cost: each has a deadline, and after some failures in a row none is made for a while,
// so that a hanging Redis delays only a few calls.
//
// It opens on consecutive failures and not on a share of them: a hanging Redis must be given up after a few calls,
// however many succeeded in the second before.
import type { Redis } from 'ioredis'
import type { Clock } from '../../lib/clock.ts'

export type CacheErrorCode =
  /** Redis cannot be reached, or gets no calls for a while. */
  | 'unavailable'
  | 'timeout'
  /** Too many calls are in flight. */
  | 'overloaded'
  /** Redis answered with an error. */
  | 'refused'

/** It has no cause: an error of the client can carry the command that failed, and so a password. */
export class CacheError extends Error {
  readonly code: CacheErrorCode
  constructor(code: CacheErrorCode, message: string) {
    super(message)
    this.name = 'CacheError'
    this.code = code
  }
}

export type CallLimits = {
  readonly timeoutMs: number
  /** Calls without an answer yet, including those that nobody waits for any more. */
  readonly inFlightMax: number
  /** After this many failures in a row … */
  readonly failuresMax: number
  /** … no call is made for this long; then one is tried. */
  readonly restMs: number
}

export const CALL_LIMITS: CallLimits = { timeoutMs: 10, inFlightMax: 1_000, failuresMax: 3, restMs: 1_000 }

export class RedisCalls {
  readonly #redis: Redis
  readonly #limits: CallLimits
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #onFailed: (code: CacheErrorCode) => void
  #inFlight = 0
  #failures = 0
  #restUntilMs = Number.NEGATIVE_INFINITY

  constructor(
    redis: Redis,
    clock: Pick<Clock, 'nowMs'>,
    limits: CallLimits = CALL_LIMITS,
    onFailed: (code: CacheErrorCode) => void = () => {},
  ) {
    this.#redis = redis
    this.#clock = clock
    this.#limits = limits
    this.#onFailed = onFailed
  }

  /**
   * Fails with a CacheError, at the latest after `timeoutMs`; the call itself may still take effect later.
   */
  async run<T>(call: (redis: Redis) => Promise<T>, timeoutMs = this.#limits.timeoutMs): Promise<T> {
    try {
      this.#checkRoom()
      return await this.#tried(call, timeoutMs)
    } catch (error) {
      const known = cacheError(error)
      this.#onFailed(known.code)
      throw known
    }
  }

  #checkRoom(): void {
    const { failuresMax, restMs, inFlightMax } = this.#limits
    if (this.#inFlight >= inFlightMax) throw new CacheError('overloaded', 'too many calls are in flight')
    if (this.#failures < failuresMax) return
    const nowMs = this.#clock.nowMs()
    if (nowMs < this.#restUntilMs) throw new CacheError('unavailable', 'no calls for a while after failures')
    this.#restUntilMs = nowMs + restMs // this call is the one that is tried
  }

  async #tried<T>(call: (redis: Redis) => Promise<T>, timeoutMs: number): Promise<T> {
    try {
      const result = await withTimeout(this.#counted(call), timeoutMs)
      this.#failures = 0
      return result
    } catch (error) {
      this.#failures++
      if (this.#failures === this.#limits.failuresMax) {
        this.#restUntilMs = this.#clock.nowMs() + this.#limits.restMs
      }
      throw error
    }
  }

  async #counted<T>(call: (redis: Redis) => Promise<T>): Promise<T> {
    this.#inFlight++
    try {
      return await call(this.#redis)
    } finally {
      this.#inFlight--
    }
  }
}

/**
 * After the deadline the promise is ignored. In a busy process, timers run before replies that have already arrived
 * are read: so it first gives them a chance to be read.
 */
function withTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise: settled, resolve, reject } = Promise.withResolvers<T>()
  const late = () => reject(new CacheError('timeout', `no answer within ${timeoutMs} ms`))
  const timer = setTimeout(() => setImmediate(late), timeoutMs)
  promise.then(resolve, reject).finally(() => clearTimeout(timer))
  return settled
}

function cacheError(error: unknown): CacheError {
  if (error instanceof CacheError) return error
  const { name, message } = error as Error
  return new CacheError(name === 'ReplyError' ? 'refused' : 'unavailable', message)
}
