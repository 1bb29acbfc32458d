// How old an event may be and still be counted live, where that was another time before. Minutes that were closed stay
// closed: the batch layer may have corrected them, and whatever is counted into them now would be counted twice. Pure.

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
