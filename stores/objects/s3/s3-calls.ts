// Calls to an object store that always end: each attempt has a deadline, which grows with the bytes that it
// transfers, and temporary failures are retried a few times. The SDK's own retries are off: they know neither bodies
// that are streams, nor answers that break off.
import type { Clock } from '../../../lib/clock.ts'
import { type RetryPolicy, retryDelayMs } from '../../../lib/retry.ts'
import { isWorthAnother, type Place, S3Error, s3ErrorOf } from './s3-error.ts'

export type S3Limits = {
  readonly attemptsMax: number
  readonly backoff: RetryPolicy
  /** The deadline for an answer, apart from the bytes that it transfers. */
  readonly answerTimeoutMs: number
  /** A slower transfer is given up. */
  readonly bytesPerSecondMin: number
}

export const S3_LIMITS: S3Limits = {
  attemptsMax: 4,
  backoff: { baseMs: 200, capMs: 5_000 },
  answerTimeoutMs: 20_000,
  bytesPerSecondMin: 256 << 10,
}

/** One attempt: its signal fires at the deadline. */
export type Attempt = {
  readonly signal: AbortSignal
  /** Restarts the deadline, with time for this many bytes. */
  expect(bytes: number): void
}

export class S3Calls {
  readonly #place: Place
  readonly #clock: Pick<Clock, 'sleep'>
  readonly #random: () => number
  readonly #limits: S3Limits

  constructor(place: Place, clock: Pick<Clock, 'sleep'>, random: () => number, limits: S3Limits = S3_LIMITS) {
    this.#place = place
    this.#clock = clock
    this.#random = random
    this.#limits = limits
  }

  /** `work` may run several times. Fails with an S3Error, or with an error that `keep` selects. */
  async run<T>(
    work: (attempt: Attempt) => Promise<T>,
    keep: (error: unknown) => boolean = () => false,
  ): Promise<T> {
    const { attemptsMax, backoff } = this.#limits
    for (let tried = 1; ; tried++) {
      try {
        return await this.#once(work)
      } catch (cause) {
        if (keep(cause)) throw cause
        const error = s3ErrorOf(cause, this.#place)
        if (tried === attemptsMax || !isWorthAnother(error)) throw error
      }
      await this.#clock.sleep(retryDelayMs(backoff, tried - 1, this.#random()))
    }
  }

  /** Ends at the deadline even if `work` ignores its signal, as the search for credentials does. */
  async #once<T>(work: (attempt: Attempt) => Promise<T>): Promise<T> {
    const { answerTimeoutMs, bytesPerSecondMin } = this.#limits
    const deadline = new AbortController()
    const { promise: tooLate, reject } = Promise.withResolvers<never>()
    let timer: NodeJS.Timeout | undefined
    const expect = (bytes: number) => {
      clearTimeout(timer)
      const timeoutMs = answerTimeoutMs + Math.ceil((bytes / bytesPerSecondMin) * 1_000)
      timer = setTimeout(() => {
        reject(new S3Error('timeout', `${this.#place.server} did not answer within ${timeoutMs} ms.`))
        deadline.abort()
      }, timeoutMs)
    }
    expect(0)
    try {
      return await Promise.race([work({ signal: deadline.signal, expect }), tooLate])
    } finally {
      clearTimeout(timer)
    }
  }
}
