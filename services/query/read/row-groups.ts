// Groups the asked series into rows.

import { mapBounded } from '../../../lib/map-bounded.ts'
import type { Series } from '../../../model/bucket.ts'
import type { QueryDeps } from '../deps.ts'
import type { Dimension } from '../question/vocabulary.ts'
import { fromStore } from './read-slots.ts'

export type GroupKey = {
  readonly videoId?: string
  readonly eventType?: string
  /** Null: the channel of these videos is unknown. */
  readonly channelId?: string | null
  /** The value of an attribute of events, under its name. */
  readonly attributes?: Readonly<Record<string, string>>
  /** The row of all values beyond the limit. */
  readonly isOther?: true
  /** With `isOther`: in so many hours, whose raw events are purged, events of the other rows may be in this one. */
  readonly hidingHours?: number
}

export type Group = {
  readonly key: GroupKey
  /** The members, by their index among the series. */
  readonly members: readonly number[]
}

const LOOKUPS_IN_FLIGHT_MAX = 8

/**
 * The groups in the order of their first members; a single group of everything without `groupBy`. Fails with
 * ProblemError `store-unavailable`.
 */
export async function groupsOf(
  { videos }: Pick<QueryDeps, 'videos'>,
  series: readonly Series[],
  dimensions: readonly Dimension[],
): Promise<readonly Group[]> {
  const channelAt =
    dimensions.includes('channel') && videos !== undefined
      ? await mapBounded(series, LOOKUPS_IN_FLIGHT_MAX, ({ tenant, videoId }) =>
          fromStore(async () => (await videos.find(tenant, videoId))?.channel ?? null),
        )
      : []
  const groups = new Map<string, { key: GroupKey; members: number[] }>()
  for (const [at, { videoId, type }] of series.entries()) {
    const key = {
      ...(dimensions.includes('video') && { videoId }),
      ...(dimensions.includes('type') && { eventType: type }),
      ...(dimensions.includes('channel') && { channelId: channelAt[at] ?? null }),
    }
    const name = JSON.stringify(key)
    if (!groups.has(name)) groups.set(name, { key, members: [] })
    groups.get(name)!.members.push(at)
  }
  return [...groups.values()]
}
