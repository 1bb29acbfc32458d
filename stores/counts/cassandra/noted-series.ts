// Reads the index of series-notes.ts: the days of a series, its first day, the types of a video, all videos.
import { mapBounded } from '../../../lib/map-bounded.ts'
import { MINUTE_MS, MINUTES_PER_DAY, type Series, type VideoName } from '../../../model/bucket.ts'
import type { CountForm } from './count-forms.ts'
import { seriesPartition } from './series-notes.ts'
import { SELECT_SERIES_FIRST_DAY, SELECT_SERIES_TYPES, SELECT_SERIES_VIDEOS } from './shared-statements.ts'
import { SELECT_DAYS, SELECT_FIRST_DAY, SELECT_TYPES, SELECT_VIDEOS } from './statements.ts'
import type { Store } from './store.ts'
import { dateValue, intValue } from './values.ts'

const CHECKS_AT_ONCE_MAX = 24

type DayValue = { readonly date: Date }
type DayRow = { readonly day: DayValue }
type FirstDayRow = { readonly first_day: DayValue }
type TypeRow = { readonly event_type: string }
type VideoRow = { readonly tenant: string; readonly video_id: string }

/** Where rows of a series may be. */
export type Noted = {
  /** Days with counts in either table: a keyspace of an earlier release has them noted for shared partitions, too. */
  readonly days: ReadonlySet<number>
  /** The first day with counts in shared partitions; null where there are none. */
  readonly since: number | null
  readonly stale: boolean
}

/** With the days of [from, to). */
export async function readNoted(
  store: Store,
  series: Series,
  forms: readonly CountForm[],
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Noted> {
  const range = [dateValue(from), dateValue(to)]
  const [{ rows, stale }, first] = await Promise.all([
    store.query<DayRow>(SELECT_DAYS, [...namesOf(series), ...range]),
    readSince(store, series, forms),
  ])
  return {
    days: new Set(rows.map(({ day }) => dayNumber(day))),
    since: first.since,
    stale: stale || first.stale,
  }
}

/** The first day with counts in either table, which may have expired; null if there never were any. */
export async function readFirstDay(
  store: Store,
  series: Series,
  forms: readonly CountForm[],
): Promise<number | null> {
  const [{ rows }, { since }] = await Promise.all([
    store.query<DayRow>(SELECT_FIRST_DAY, namesOf(series)),
    readSince(store, series, forms),
  ])
  return leastOf([...rows.map(({ day }) => dayNumber(day)), ...(since === null ? [] : [since])])
}

async function readSince(store: Store, series: Series, forms: readonly CountForm[]) {
  const answers = await Promise.all(
    shardsIn(forms).map((shards) => {
      const key = [...seriesPartition(series, shards), ...namesOf(series)]
      return store.query<FirstDayRow>(SELECT_SERIES_FIRST_DAY, key)
    }),
  )
  return {
    since: leastOf(answers.flatMap(({ rows }) => rows.map(({ first_day }) => dayNumber(first_day)))),
    stale: answers.some(({ stale }) => stale),
  }
}

/** In alphabetical order. */
export async function readTypes(
  store: Store,
  tenant: string,
  videoId: string,
  forms: readonly CountForm[],
): Promise<string[]> {
  const answers = await Promise.all([
    store.query<TypeRow>(SELECT_TYPES, [tenant, videoId]),
    ...shardsIn(forms).map((shards) => {
      const partition = seriesPartition({ tenant, videoId }, shards)
      return store.query<TypeRow>(SELECT_SERIES_TYPES, [...partition, tenant, videoId])
    }),
  ])
  return Array.from(new Set(answers.flatMap(({ rows }) => rows.map((row) => row.event_type)))).sort()
}

/** Each video once: those that are noted by days, then the others. */
export async function* readCountedVideos(
  store: Store,
  forms: readonly CountForm[],
): AsyncGenerator<readonly VideoName[]> {
  const listed: ((video: VideoName) => Promise<boolean>)[] = []
  let isAny = false
  for await (const videos of readVideos(store, SELECT_VIDEOS)) {
    isAny = true
    yield videos
  }
  if (isAny) listed.push((video) => isThere(store, SELECT_TYPES, [], video))
  // The oldest first: what is noted under a newer number while this runs was listed under its older one.
  for (const shards of shardsIn(forms).reverse()) {
    isAny = false
    for (let shard = 0; shard < shards; shard++) {
      for await (const videos of readVideos(store, SELECT_SERIES_VIDEOS, [shards, shard].map(intValue))) {
        isAny = true
        yield await without(listed, videos)
      }
    }
    if (!isAny) continue
    listed.push((video) => isThere(store, SELECT_SERIES_TYPES, seriesPartition(video, shards), video))
  }
}

/** What a statement lists. */
export async function* readVideos(
  store: Store,
  query: string,
  partition: readonly Buffer[] = [],
): AsyncGenerator<readonly VideoName[]> {
  for await (const rows of store.readPages<VideoRow>(query, partition)) {
    if (rows.length > 0) yield rows.map(({ tenant, video_id: videoId }) => ({ tenant, videoId }))
  }
}

async function without(
  listed: readonly ((video: VideoName) => Promise<boolean>)[],
  videos: readonly VideoName[],
): Promise<readonly VideoName[]> {
  if (listed.length === 0) return videos
  const left = await mapBounded(videos, CHECKS_AT_ONCE_MAX, async (video) => {
    for (const isListed of listed) if (await isListed(video)) return []
    return [video]
  })
  return left.flat()
}

async function isThere(
  store: Store,
  query: string,
  partition: readonly Buffer[],
  { tenant, videoId }: VideoName,
): Promise<boolean> {
  return (await store.read(query, [...partition, tenant, videoId])).length > 0
}

function namesOf({ tenant, videoId, type }: Series): string[] {
  return [tenant, videoId, type]
}

/** The numbers of shards that there are: each has partitions of its own in the index. */
function shardsIn(forms: readonly CountForm[]): number[] {
  return Array.from(new Set(forms.map(({ shards }) => shards)))
}

function leastOf(days: readonly number[]): number | null {
  return days.length === 0 ? null : Math.min(...days)
}

function dayNumber({ date }: DayValue): number {
  return date.getTime() / (MINUTES_PER_DAY * MINUTE_MS)
}
