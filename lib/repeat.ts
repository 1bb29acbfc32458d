// Work that is done again and again while a process runs.
import type { Clock } from './clock.ts'
import { type RetryPolicy, retryDelayMs } from './retry.ts'

export type Repetition = {
  readonly work: () => Promise<void>
  /** Between the end of one that succeeded and the next. */
  readonly intervalMs: number
  /** How soon it is tried again after a failure. */
  readonly retry: RetryPolicy
  readonly clock: Pick<Clock, 'sleep'>
  /** In [0, 1). */
  readonly random: () => number
  /** A try failed, and follows again; `attempt` counts from 0. */
  readonly onRetry: (attempt: number, error: unknown) => void
}

/** Until aborted; never fails. */
export async function repeatUntilAborted(
  { work, intervalMs, retry, clock, random, onRetry }: Repetition,
  signal: AbortSignal,
): Promise<void> {
  let attempt = 0
  while (!signal.aborted) {
    try {
      await work()
      attempt = 0
      await clock.sleep(intervalMs, signal)
    } catch (error) {
      if (signal.aborted) break
      onRetry(attempt, error)
      await clock.sleep(retryDelayMs(retry, attempt++, random()), signal)
    }
  }
}
