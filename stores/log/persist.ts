// How a source's loop holds on to a call: it is repeated with backoff until it succeeds or can no longer be wanted.
import type { Clock } from '../../lib/clock.ts'
import { type RetryPolicy, retryDelayMs } from '../../lib/retry.ts'
import { LogError } from './log.ts'

export type PersistPorts = {
  readonly clock: Clock
  readonly random: () => number
  /** Told of each failed attempt at a call that is tried again. */
  readonly onRetry: (what: string, attempt: number, error: unknown) => void
}

/** Fails with what no repetition can mend, and with anything once aborted. */
export async function persist<T>(
  { clock, random, onRetry }: PersistPorts,
  policy: RetryPolicy,
  signal: AbortSignal,
  what: string,
  call: () => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (signal.aborted || isPermanent(error)) throw error
      onRetry(what, attempt, error)
      await clock.sleep(retryDelayMs(policy, attempt, random()), signal)
    }
  }
}

function isPermanent(error: unknown): boolean {
  return error instanceof LogError && error.code !== 'unavailable'
}
