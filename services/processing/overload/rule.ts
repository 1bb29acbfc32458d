// Decides when to switch the overload lane on and off, by how far the counts are behind. Pure.

export type OverloadRule = {
  /** Counts that are further behind than this are too far behind; below half of it they keep up again. */
  readonly lagMs: number
  /** How long that must have lasted. */
  readonly afterMs: number
}

/** The latest state, and since when it lasts. */
export type Watch = { readonly isBehind: boolean; readonly sinceMs: number }

/** `before`: null at the first check. */
export function look(before: Watch | null, lagMs: number, nowMs: number, rule: OverloadRule): Watch {
  const isBehind = lagMs > (before?.isBehind ? rule.lagMs / 2 : rule.lagMs)
  return before?.isBehind === isBehind ? before : { isBehind, sinceMs: nowMs }
}

/** Whether the newest layout should send events by the overload lane, given whether it does. */
export function wantsOverflow(watch: Watch, overflows: boolean, nowMs: number, rule: OverloadRule): boolean {
  return nowMs - watch.sinceMs >= rule.afterMs ? watch.isBehind : overflows
}
