// How the way to the server is: when the next request may go, after failures, after the server asked for a pause, and
// by the client's own rate. Pure: time and chance are parameters. The circuit breaker is closed below BREAKER_FAILURES
// failures in a row; then it is open until `retryAtMs`, and after that half-open: one small request probes, and only
// its success closes it.
import type { Outcome } from '../attempt.ts'

/** Before every moment. */
export const NEVER = -Infinity

/** Full jitter is drawn below these bounds (Exponential Backoff And Jitter, AWS Architecture Blog, 2015). */
export const BACKOFF_STEPS_MS = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000] as const
export const BREAKER_FAILURES = 5
/** While the last request did not succeed, the next one starts no sooner than this after it. */
export const OUTAGE_GAP_MS = 1_000
export const RETRY_AFTER_MAX_MS = 3_600_000
/** A pause that the server asked for is stretched by up to this share, so that clients do not return all at once. */
const PAUSE_JITTER = 0.1

export type LinkHealth = {
  /** In a row; requests that were under way together count once. */
  failures: number
  /** The last outcome was a success: requests may overlap. */
  proven: boolean
  startedAtMs: number
  /** The back-off, which `flush` may cut short. */
  retryAtMs: number
  /** What the server asked for, which nothing cuts short. */
  resumeAtMs: number
}

export const newLink = (): LinkHealth => ({
  failures: 0,
  proven: false,
  startedAtMs: NEVER,
  retryAtMs: NEVER,
  resumeAtMs: NEVER,
})

export const isBreakerOpen = (link: LinkHealth): boolean => link.failures >= BREAKER_FAILURES

/** The earliest moment of the next request. @param gapMs from the start of one to the next while all goes well */
export function openAtMs(link: LinkHealth, gapMs: number): number {
  const gapEndMs = link.startedAtMs + (link.proven ? gapMs : OUTAGE_GAP_MS)
  return Math.max(link.retryAtMs, link.resumeAtMs, gapEndMs)
}

/**
 * A request came back.
 *
 * @param failuresBefore how many there were in a row when it started
 * @param random at least 0 and less than 1
 */
export function learn(
  link: LinkHealth,
  outcome: Outcome,
  failuresBefore: number,
  nowMs: number,
  random: number,
): void {
  // One that was refused was answered, and yet nothing shows that more is welcome.
  link.proven = outcome.kind === 'answered' || outcome.kind === 'too_large'
  if (outcome.kind !== 'retry') {
    link.failures = 0
    link.retryAtMs = NEVER
  } else if (outcome.afterMs > 0) {
    // The server said when to come back: the whole client waits, and no failure is counted.
    const waitMs = Math.min(outcome.afterMs, RETRY_AFTER_MAX_MS) * (1 + random * PAUSE_JITTER)
    link.resumeAtMs = Math.max(link.resumeAtMs, nowMs + waitMs)
  } else if (failuresBefore === link.failures) {
    const stepMs = BACKOFF_STEPS_MS[link.failures++] ?? BACKOFF_STEPS_MS.at(-1)!
    link.retryAtMs = Math.max(nowMs, link.startedAtMs + OUTAGE_GAP_MS) + random * stepMs
  }
}
