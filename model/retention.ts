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

/** What an answer may take to be read, and clocks may differ. */
const SLACK_MS = 10 * MINUTE_MS

/** What is sure to be there, and to stay for some time. */
export function keptAt(nowMs: number, retention: CountRetention): Kept {
  const expired = expiredAt(nowMs + SLACK_MS, retention)
  return {
    minutesFrom: expired.minutesFrom + MINUTES_PER_HOUR,
    hoursFrom: expired.hoursFrom + MINUTES_PER_DAY,
  }
}

/** The same bounds for who removes: everything before them is older than it is kept. */
export function expiredAt(nowMs: number, { minutesMs, hoursMs }: CountRetention): Kept {
  return {
    minutesFrom: hourOf(minuteOf(nowMs - minutesMs)),
    hoursFrom: dayOf(minuteOf(nowMs - hoursMs)),
  }
}

/** What is kept where nothing goes before it is covered. */
export function keptUnlessCovered(kept: Kept, coverage: Coverage | null): Kept {
  const end = coverage === null ? Number.NEGATIVE_INFINITY : coverageEnd(coverage)
  return { minutesFrom: Math.min(kept.minutesFrom, end), hoursFrom: Math.min(kept.hoursFrom, dayOf(end)) }
}
