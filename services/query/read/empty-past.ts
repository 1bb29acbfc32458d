// A past without counts: because all of it is 0, it can be cut into periods of any length.

import { mapBounded } from '../../../lib/map-bounded.ts'
import type { Series } from '../../../model/bucket.ts'
import type { Kept } from '../../../model/retention.ts'
import type { CountReader } from '../../../stores/counts/counts.ts'
import { fromStore } from './read-slots.ts'

const READS_IN_FLIGHT_MAX = 8

/** The retention as if minutes were kept for ever. */
export const ALL_KEPT: Kept = { minutesFrom: 0, hoursFrom: 0 }

/** The first minute that any of the series counts, or null. Fails with ProblemError `store-unavailable`. */
export async function firstMinuteOf(counts: CountReader, series: readonly Series[]): Promise<number | null> {
  const minutes = await mapBounded(series, READS_IN_FLIGHT_MAX, (one) =>
    fromStore(() => counts.firstMinute(one)),
  )
  const counted = minutes.filter((minute) => minute !== null)
  return counted.length === 0 ? null : Math.min(...counted)
}

/** Whether none of the series counts anything before a minute. Fails with ProblemError `store-unavailable`. */
export async function isEmptyBefore(
  counts: CountReader,
  series: readonly Series[],
  minute: number,
): Promise<boolean> {
  const first = await firstMinuteOf(counts, series)
  return first === null || first >= minute
}
