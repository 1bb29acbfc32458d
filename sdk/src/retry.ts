// When to retry, and after how long. Pure: randomness and time are parameters.

export type RetryPolicy = {
  /** Attempts in all, the first included. */
  readonly attemptsMax: number
  /** From the first attempt to the end of the last, milliseconds. */
  readonly deadlineMs: number
  readonly delayBaseMs: number
  readonly delayCapMs: number
}

export const DEFAULT_RETRY: RetryPolicy = {
  attemptsMax: 8,
  deadlineMs: 60_000,
  delayBaseMs: 100,
  delayCapMs: 10_000,
}

/**
 * Milliseconds to wait before sending again: "full jitter", uniform below a bound that doubles with each
 * attempt, on top of what the server asked for. (Exponential Backoff And Jitter, AWS Architecture Blog,
 * 2015.)
 *
 * @param attempt the attempts made so far, less one: 0 after the first
 * @param random at least 0 and less than 1
 * @param retryAfterMs the server's Retry-After, 0 where it sent none
 */
export function retryDelayMs(
  attempt: number,
  random: number,
  retryAfterMs = 0,
  policy: Pick<RetryPolicy, 'delayBaseMs' | 'delayCapMs'> = DEFAULT_RETRY,
): number {
  const boundMs = Math.min(policy.delayCapMs, policy.delayBaseMs * 2 ** attempt)
  return retryAfterMs + Math.floor(random * boundMs)
}

/**
 * Milliseconds that a Retry-After header asks for: seconds or an HTTP date (RFC 9110, 10.2.3); 0 if
 * unreadable.
 */
export function retryAfterMs(header: string | null, nowMs: number): number {
  const text = header ?? ''
  const ms = /^\s*\d+\s*$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs
  return Math.max(0, ms || 0)
}
