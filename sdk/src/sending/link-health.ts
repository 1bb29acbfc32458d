// How the way to the server is: when the next request may go, after failures and after the server asked for a pause.
// Pure: time and chance are parameters. The circuit breaker is closed below BREAKER_FAILURES failures in a row; then
// it is open until `retryAtMs`, and after that half-open: one small request probes, and only its success closes it.

/** Before every moment. */
export const NEVER = Number.NEGATIVE_INFINITY

/** Full jitter is drawn below these bounds (Exponential Backoff And Jitter, AWS Architecture Blog, 2015). */
export const BACKOFF_STEPS_MS = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000] as const
export const BREAKER_FAILURES = 5
/** While the last request did not succeed, the next one starts no sooner than this after it. */
export const OUTAGE_GAP_MS = 1_000
export const RETRY_AFTER_MAX_MS = 3_600_000
/** A pause that the server asked for is stretched by up to this share, so that clients do not return all at once. */
const PAUSE_JITTER = 0.1

export type LinkHealth = {
  /** In a row, by requests that were sent after the failure before. */
  failures: number
  /** The last outcome was a success: requests may overlap. */
  proven: boolean
  /** Whether failures in this round count: it rises with each failure, and a request remembers its own. */
  round: number
  startedAtMs: number
  /** The back-off, which `flush` may cut short. */
  retryAtMs: number
  /** What the server asked for, which nothing cuts short. */
  pausedUntilMs: number
}

export const newLink = (): LinkHealth => ({
  failures: 0,
  proven: false,
  round: 0,
  startedAtMs: NEVER,
  retryAtMs: NEVER,
  pausedUntilMs: NEVER,
})

export const isBreakerOpen = (link: LinkHealth): boolean => link.failures >= BREAKER_FAILURES

/** The earliest moment of the next request. */
export function openAtMs(link: LinkHealth): number {
  const gapEndMs = link.proven ? NEVER : link.startedAtMs + OUTAGE_GAP_MS
  return Math.max(link.retryAtMs, link.pausedUntilMs, gapEndMs)
}

export function succeeded(link: LinkHealth): void {
  link.failures = 0
  link.proven = true
  link.retryAtMs = NEVER
}

/** Requests that were under way together count as one failure. */
export function failed(link: LinkHealth, round: number, nowMs: number, random: number): void {
  link.proven = false
  if (round !== link.round) return
  const step = Math.min(link.failures, BACKOFF_STEPS_MS.length - 1)
  link.failures++
  link.round++
  link.retryAtMs = Math.max(nowMs, link.startedAtMs + OUTAGE_GAP_MS) + random * BACKOFF_STEPS_MS[step]!
}

/** The server said when to come back: the whole client waits, and no failure is counted. */
export function paused(link: LinkHealth, retryAfterMs: number, nowMs: number, random: number): void {
  link.proven = false
  const waitMs = Math.min(retryAfterMs, RETRY_AFTER_MAX_MS) * (1 + random * PAUSE_JITTER)
  link.pausedUntilMs = Math.max(link.pausedUntilMs, nowMs + waitMs)
}

/** The server answered, but did not take the batch: it is reached, and yet nothing shows that more is welcome. */
export function refused(link: LinkHealth): void {
  link.failures = 0
  link.proven = false
}
