// A circuit breaker: a store that fails most of the time gets no calls for a while, so that it can recover and nobody
// waits for it in vain. It wraps ports and knows nothing of what they do.
import CircuitBreaker from 'opossum'

export type BreakerState = 'closed' | 'open' | 'half_open'

class BreakerError extends Error {
  readonly code = 'open'
  constructor(name: string) {
    super(`${name} gets no calls for a while after failures`)
    this.name = 'BreakerError'
  }
}

type BreakerLimits = {
  /** The window over which failures are counted. */
  readonly windowMs: number
  /** It opens when this percentage of calls failed … */
  readonly failurePercentMax: number
  /** … among at least this many calls. */
  readonly callsMin: number
  /** After this time one call, or the probe, is let through; its outcome closes the breaker or keeps it open. */
  readonly restMs: number
}

const BREAKER_LIMITS: BreakerLimits = {
  windowMs: 10_000,
  failurePercentMax: 50,
  callsMin: 5,
  restMs: 1_000,
}

export type BreakerOptions = {
  /** The name of what is guarded, for messages and metrics. */
  readonly name: string
  /** Whether an error means that the store is unhealthy; other errors pass through and count as answers. */
  readonly isFailure: (error: unknown) => boolean
  readonly onState: (name: string, state: BreakerState) => void
  readonly limits?: BreakerLimits
  /** Called when the wait is over, so that no caller has to wait to learn that the store is still away. */
  readonly probe?: () => Promise<unknown>
}

type Call = () => Promise<unknown>

export class Breaker {
  readonly #name: string
  readonly #circuit: CircuitBreaker<[Call], unknown>

  constructor({ name, isFailure, onState, limits = BREAKER_LIMITS, probe }: BreakerOptions) {
    this.#name = name
    this.#circuit = new CircuitBreaker((call: Call) => call(), {
      name,
      timeout: false, // the client has its own
      rollingCountTimeout: limits.windowMs,
      errorThresholdPercentage: limits.failurePercentMax,
      volumeThreshold: limits.callsMin,
      resetTimeout: limits.restMs,
      errorFilter: (error) => !isFailure(error),
    })
    this.#circuit.on('open', () => onState(name, 'open'))
    this.#circuit.on('halfOpen', () => {
      onState(name, 'half_open')
      if (probe !== undefined) this.#circuit.fire(probe).catch(() => {}) // takes the place of the one call
    })
    this.#circuit.on('close', () => onState(name, 'closed'))
  }

  /** Makes the call, or fails with a BreakerError without making it. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    try {
      return (await this.#circuit.fire(call)) as T
    } catch (error) {
      if (CircuitBreaker.isOurError(error as Error)) throw new BreakerError(this.#name)
      throw error
    }
  }

  /** Stops its timers; calls fail from now on. */
  close(): void {
    this.#circuit.shutdown()
  }
}
