// Retries a call of a source's loop with backoff until it succeeds, fails for good, or is aborted.
import type { Clock } from '../../lib/clock.ts'
import { type RetryPolicy, retryDelayMs } from '../../lib/retry.ts'
import { LogError } from './log.ts'

export type PersistPorts = {
  readonly clock: Clock
  readonly random: () => number
  /** Called for each failed attempt that is retried. */
  readonly onRetry: (what: string, attempt: number, error: unknown) => void
}

/** Fails with errors that no retry can fix, and with any error once aborted. */
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
