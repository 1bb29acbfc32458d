// When the overload lane is to come and to go, by how far the counts are behind. Pure.

export type OverloadRule = {
  /** Counts that are further behind than this are too far behind; at half of it they keep up again. */
  readonly lagMs: number
  /** For how long that must have been so. */
  readonly afterMs: number
}

/** What was seen last, and since when. */
export type Watch = { readonly isBehind: boolean; readonly sinceMs: number }

/** `before`: null at the first look. */
export function look(before: Watch | null, lagMs: number, nowMs: number, rule: OverloadRule): Watch {
  const isBehind = lagMs > (before?.isBehind ? rule.lagMs / 2 : rule.lagMs)
  return before?.isBehind === isBehind ? before : { isBehind, sinceMs: nowMs }
}

/** Whether the newest layout should send events by the overload lane, given whether it does. */
export function wantsOverflow(watch: Watch, overflows: boolean, nowMs: number, rule: OverloadRule): boolean {
  return nowMs - watch.sinceMs >= rule.afterMs ? watch.isBehind : overflows
}
