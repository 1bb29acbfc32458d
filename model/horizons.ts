// How old an event may be and still be counted live, where that was another time before. Minutes that were closed stay
// closed: the batch layer may have corrected them, and whatever is counted into them now would be counted twice. Pure.
import { MINUTE_MS } from './bucket.ts'

/** What held before, for records up to a log time. */
export type EarlierHorizon = {
  readonly horizonMs: number
  /** Log time, epoch ms. */
  readonly untilMs: number
}

export type Horizons = {
  /** How old an event may be, by log time. */
  readonly horizonMs: number
  readonly earlierHorizons?: readonly EarlierHorizon[] | undefined
}

export type KnownHorizons = Horizons & { readonly earlierHorizons: readonly EarlierHorizon[] }

/** An event of an earlier time is late in a record of this log time. It never gets less as log time goes on. */
export function oldestLiveMs({ horizonMs, earlierHorizons }: Horizons, logTimeMs: number): number {
  let oldestMs = logTimeMs - horizonMs
  if (earlierHorizons === undefined) return oldestMs
  for (const earlier of earlierHorizons)
    oldestMs = Math.max(oldestMs, Math.min(logTimeMs, earlier.untilMs) - earlier.horizonMs)
  return oldestMs
}

/** With another horizon from a log time on. Only shorter ones have closed what it would open again. */
export function changedHorizons(
  { horizonMs: endedMs, earlierHorizons }: KnownHorizons,
  horizonMs: number,
  fromMs: number,
): KnownHorizons {
  const shorter = earlierHorizons.filter((one) => one.horizonMs < endedMs)
  const ended = [...shorter, { horizonMs: endedMs, untilMs: fromMs }]
  return { horizonMs, earlierHorizons: ended.filter((one) => one.horizonMs < horizonMs) }
}

/** The minutes that any run of the batch layer has closed. */
export type ClosedMinutes = {
  /** Those before this one; minutes since the epoch. */
  readonly toMinute: number
  /** The shortest horizon that may have closed one of them. */
  readonly horizonMs: number
}

/** After a run that closed the minutes before `toMinute`. */
export function closedWith(
  before: ClosedMinutes | undefined,
  toMinute: number,
  { horizonMs }: Horizons,
): ClosedMinutes {
  if (before === undefined || before.toMinute <= toMinute) return { toMinute, horizonMs }
  return { toMinute: before.toMinute, horizonMs: Math.min(horizonMs, before.horizonMs) }
}

/**
 * Whether who judges by these horizons may count into closed minutes, as no horizon of before did. Everything had been
 * counted up to the log time at which the minutes were closed; whatever is counted from now on has a later one, and how
 * much later is not known: it may have waited in the log.
 */
export function opensClosed(horizons: Horizons, closed: ClosedMinutes | undefined): boolean {
  if (closed === undefined || horizons.horizonMs <= closed.horizonMs) return false
  const closedMs = closed.toMinute * MINUTE_MS
  return oldestLiveMs(horizons, closedMs + closed.horizonMs) < closedMs
}
