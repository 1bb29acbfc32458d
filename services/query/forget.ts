// For whoever changes counts that are closed, as the batch layer does: makes every process answer with them.

import type { Clock } from '../../lib/clock.ts'
import type { Series } from '../../model/bucket.ts'
import { seriesText } from '../../model/series-text.ts'
import type { SharedCache } from '../../stores/cache/cache.ts'

/**
 * To be called when the changes are stored, and before anybody is told so: when it resolves, no process answers with
 * older counts of these series, but as stale where the counts are away. A rejection leaves that open: call it again, or
 * wait for the longest time that anything is kept (`closedTtlMs + localTtlMs`). `localTtlMs` is that of every process.
 */
export async function forget(
  shared: SharedCache | null,
  clock: Clock,
  localTtlMs: number,
  series: readonly Series[],
): Promise<void> {
  const groups = new Set(series.map(groupOf))
  if (shared !== null) await Promise.all(Array.from(groups, (group) => shared.invalidate(group)))
  await clock.sleep(localTtlMs)
}

/** What is forgotten together: all answers about a video, the list of its types among them. */
export function groupOf({ tenant, videoId }: Pick<Series, 'tenant' | 'videoId'>): string {
  return seriesText({ tenant, videoId, type: '' })
}
