// How long counts are kept at each resolution; days are kept for ever. Pure.
import { dayOf, hourOf, MINUTE_MS, MINUTES_PER_DAY, MINUTES_PER_HOUR, minuteOf } from './bucket.ts'
import { type Coverage, coverageEnd } from './coverage.ts'

/** Hours are kept at least a day longer than minutes. */
export type CountRetention = { readonly minutesMs: number; readonly hoursMs: number }

/** Minutes since the epoch: a whole hour, and a whole UTC day before it. */
export type Kept = {
  /** Minutes from here on are kept; before, whole hours. */
  readonly minutesFrom: number
  /** Hours from here on are kept; before, whole UTC days. */
  readonly hoursFrom: number
}

/** How long an answer may take to be read, plus how far clocks may differ. */
const SLACK_MS = 10 * MINUTE_MS

/** What is certainly still stored, and will be for some time. */
export function keptAt(nowMs: number, retention: CountRetention): Kept {
  const expired = expiredAt(nowMs + SLACK_MS, retention)
  return {
    minutesFrom: expired.minutesFrom + MINUTES_PER_HOUR,
    hoursFrom: expired.hoursFrom + MINUTES_PER_DAY,
  }
}

/** The bounds for the code that deletes: everything before them is older than its retention. */
export function expiredAt(nowMs: number, { minutesMs, hoursMs }: CountRetention): Kept {
  return {
    minutesFrom: hourOf(minuteOf(nowMs - minutesMs)),
    hoursFrom: dayOf(minuteOf(nowMs - hoursMs)),
  }
}

/** What is kept of both. */
export function keptOfBoth(one: Kept, other: Kept): Kept {
  return {
    minutesFrom: Math.max(one.minutesFrom, other.minutesFrom),
    hoursFrom: Math.max(one.hoursFrom, other.hoursFrom),
  }
}

/** What is kept by a store that deletes nothing before rollups cover it. */
export function keptUnlessCovered(kept: Kept, coverage: Coverage | null): Kept {
  const end = coverage === null ? Number.NEGATIVE_INFINITY : coverageEnd(coverage)
  return { minutesFrom: Math.min(kept.minutesFrom, end), hoursFrom: Math.min(kept.hoursFrom, dayOf(end)) }
}
