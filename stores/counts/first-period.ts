// The first period of a series, whose hours are kept for less long than its days.
import { MINUTES_PER_DAY } from '../../model/bucket.ts'

/** Where a series begins: at its first hour, or at an earlier day whose hours are no longer kept. */
export function firstOf(hour: number | null, day: number | null): number | null {
  if (hour === null || day === null) return hour ?? day
  return hour < day + MINUTES_PER_DAY ? hour : day
}
