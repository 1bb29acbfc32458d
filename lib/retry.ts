// How long to wait before trying again, as pure functions of the attempt and a random number in [0, 1).

export type RetryPolicy = { readonly baseMs: number; readonly capMs: number }

/** Exponential backoff with full jitter; `attempt` counts from 0. Source: Brooker, "Exponential Backoff And Jitter". */
export function retryDelayMs({ baseMs, capMs }: RetryPolicy, attempt: number, random: number): number {
  return Math.ceil(random * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30)))
}

/** For a call to a store or the log that is repeated until it succeeds. */
export const RETRY_POLICY: RetryPolicy = { baseMs: 50, capMs: 5_000 }
