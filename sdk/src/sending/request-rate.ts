// The client's own bound on how many requests it starts a second: a token bucket that holds one second. Pure.

export type RequestRate = { readonly perSecond: number; tokens: number; atMs: number }

export const newRate = (perSecond: number): RequestRate => ({
  perSecond,
  tokens: Math.max(1, perSecond),
  atMs: Number.NEGATIVE_INFINITY,
})

/** When the next request may start: now, or when its token is there. */
export function tokenAtMs(rate: RequestRate, nowMs: number): number {
  refill(rate, nowMs)
  return rate.tokens >= 1 ? nowMs : nowMs + Math.ceil(((1 - rate.tokens) / rate.perSecond) * 1_000)
}

export function spendToken(rate: RequestRate): void {
  rate.tokens -= 1
}

function refill(rate: RequestRate, nowMs: number): void {
  const gained = rate.atMs === Number.NEGATIVE_INFINITY ? 0 : ((nowMs - rate.atMs) / 1_000) * rate.perSecond
  rate.tokens = Math.min(Math.max(1, rate.perSecond), rate.tokens + Math.max(0, gained))
  rate.atMs = nowMs
}
