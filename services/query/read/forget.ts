// Cache invalidation for code that changes closed counts, such as the batch layer.

import type { Clock } from '../../../lib/clock.ts'
import { mapBounded } from '../../../lib/map-bounded.ts'
import type { Series } from '../../../model/bucket.ts'
import { seriesText } from '../../../model/series-text.ts'
import type { SharedCache } from '../../../stores/cache/cache.ts'

/** A recount changes many videos, and answers need the cache meanwhile. */
const CALLS_AT_ONCE_MAX = 64

/**
 * To be called when the changes are stored, and before they are reported. When it resolves, no process answers with
 * older counts of these series, except as stale if the counts are away. After a rejection the outcome is unknown:
 * call it again, or wait for the longest lifetime of cached answers (`closedTtlMs + localTtlMs`). `localTtlMs` is
 * that of every process.
 */
export async function forget(
  shared: SharedCache | null,
  clock: Clock,
  localTtlMs: number,
  series: readonly Series[],
): Promise<void> {
  const groups = new Set(series.map(groupOf))
  if (shared !== null) await mapBounded([...groups], CALLS_AT_ONCE_MAX, (group) => shared.invalidate(group))
  await clock.sleep(localTtlMs)
}

/** The cache group: all answers about a video, including the list of its types. */
export function groupOf({ tenant, videoId }: Pick<Series, 'tenant' | 'videoId'>): string {
  return seriesText({ tenant, videoId, type: '' })
}
