// The client's own bound on how many requests it starts a second: a token bucket that holds one second. Pure.

export type RequestRate = { readonly perSecond: number; tokens: number; atMs: number }

export const newRate = (perSecond: number): RequestRate => ({
  perSecond,
  tokens: Math.max(1, perSecond),
  atMs: 0,
})

/** When the next request may start: now, or when its token is there. */
export function tokenAtMs(rate: RequestRate, nowMs: number): number {
  const { perSecond, tokens, atMs } = rate
  const gained = (Math.max(0, nowMs - atMs) / 1_000) * perSecond
  rate.tokens = Math.min(Math.max(1, perSecond), tokens + gained)
  rate.atMs = nowMs
  return nowMs + Math.max(0, Math.ceil(((1 - rate.tokens) / perSecond) * 1_000))
}

export function spendToken(rate: RequestRate): void {
  rate.tokens--
}
