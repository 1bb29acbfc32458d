// The last half hour by minute, and how fast it goes now. Pure.
import { MINUTE_MS } from './ranges/zones.ts'

export type Bar = {
  readonly timeMs: number
  readonly value: number
  /** More of this minute may come. */
  readonly isOpen: boolean
}
export type Realtime = {
  readonly total: number
  /** Over the last whole minutes; null if there is none. */
  readonly perMinute: number | null
  readonly bars: readonly Bar[]
}

export const REALTIME_MINUTES = 30
/** So many whole minutes say how fast it goes. */
export const RATE_MINUTES = 5

/** `asOfMs`: up to when everything is counted; null: not known. */
export function realtimeOf(
  series: readonly { readonly time: string; readonly value: number | null }[],
  asOfMs: number | null,
): Realtime {
  const bars = series.slice(-REALTIME_MINUTES).map(({ time, value }) => {
    const timeMs = Date.parse(time)
    return { timeMs, value: value ?? 0, isOpen: asOfMs === null || timeMs + MINUTE_MS > asOfMs }
  })
  const whole = bars.filter(({ isOpen }) => !isOpen).slice(-RATE_MINUTES)
  const sum = (some: readonly Bar[]) => some.reduce((total, { value }) => total + value, 0)
  return { total: sum(bars), perMinute: whole.length === 0 ? null : sum(whole) / whole.length, bars }
}
