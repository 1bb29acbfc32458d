// The videos that have metadata, and what was counted of them.
import { ApiError, askJson, type Meta, postJson, spanQuery, type VideoInfo } from '../api.ts'
import type { Span } from '../ranges/ranges.ts'
import { askByVideo } from './by-video.ts'
import { type Metric, typeOf } from './columns.ts'

export type ListedVideo = VideoInfo & { readonly videoId: string; readonly published?: string | null }
/** Not whole: there are more videos than are listed. */
export type VideoList = { readonly videos: readonly ListedVideo[]; readonly isWhole: boolean }
/** Nought where events of the type were not asked for, too. */
export type Counted = Readonly<Record<Metric, number>>
export type CountedVideos = { readonly counts: ReadonlyMap<string, Counted>; readonly asOf: string | null }

type VideosAnswer = { readonly videos: readonly ListedVideo[]; readonly nextCursor?: string }
type CountsAnswer = {
  readonly rows: readonly {
    readonly videoId: string
    readonly eventType: string
    readonly values: { readonly count: number; readonly sum: number }
  }[]
  readonly meta: Meta
}

export const NOTHING_COUNTED: Counted = { views: 0, likes: 0, dislikes: 0, shares: 0, time: 0 }
/** Of one answer; the server gives no more. */
const PAGE_VIDEOS = 100
/** So a list holds a thousand videos at most. */
const PAGES_MAX = 10
const QUERY_ROWS_MAX = 1_000

export function videosOfSite(signal: AbortSignal): Promise<VideoList> {
  return pagesOf({}, signal)
}

export function videosOfChannel(channel: string, signal: AbortSignal): Promise<VideoList> {
  return pagesOf({ channel }, signal)
}

/** The highest first, as many as a list holds; null if the server cannot tell, or not in time. */
export async function mostCountedOfSite(
  metric: Metric,
  span: Span,
  signal: AbortSignal,
): Promise<readonly ListedVideo[] | null> {
  const measure = metric === 'time' ? 'sum' : 'count'
  const question = {
    type: typeOf(metric),
    measure,
    span,
    where: [],
    rowsMax: PAGES_MAX * PAGE_VIDEOS,
  } as const
  const asked = await askByVideo(question, signal).catch((error: unknown) => {
    if (error instanceof ApiError && !error.wantsKey) return null
    throw error
  })
  return asked?.videos.map(({ videoId, video }) => ({ ...video, videoId })) ?? null
}

/** By video; one that is missing was not counted. */
export async function countsOf(
  videoIds: readonly string[],
  eventTypes: readonly string[],
  span: Span,
  signal: AbortSignal,
): Promise<CountedVideos> {
  const counts = new Map<string, Counted>()
  const moments: (string | null)[] = []
  for (let from = 0; from < videoIds.length; from += PAGE_VIDEOS) {
    const question = {
      videoIds: videoIds.slice(from, from + PAGE_VIDEOS),
      eventTypes,
      ...{ functions: ['count', 'sum'], groupBy: ['video', 'type'], limit: QUERY_ROWS_MAX },
      ...spanQuery(span),
    }
    const { rows, meta } = await postJson<CountsAnswer>('v1/query', question, signal)
    for (const { videoId, eventType, values } of rows) {
      counts.set(videoId, { ...NOTHING_COUNTED, ...counts.get(videoId), ...numbersOf(eventType, values) })
    }
    moments.push(meta.asOf)
  }
  const asOf = moments.includes(null) ? null : (moments.sort()[0] ?? null)
  return { counts, asOf }
}

function numbersOf(eventType: string, { count, sum }: { count: number; sum: number }): Partial<Counted> {
  switch (eventType) {
    case 'view':
      return { views: count, time: sum }
    case 'like':
      return { likes: count }
    case 'dislike':
      return { dislikes: count }
    default:
      return { shares: count }
  }
}

async function pagesOf(where: Readonly<Record<string, string>>, signal: AbortSignal): Promise<VideoList> {
  const videos: ListedVideo[] = []
  let cursor: string | undefined
  for (let page = 0; page < PAGES_MAX; page++) {
    const query = new URLSearchParams({
      ...{ ...where, limit: String(PAGE_VIDEOS) },
      ...(cursor !== undefined && { cursor }),
    })
    const answer = await askJson<VideosAnswer>(`v1/videos?${query}`, signal)
    videos.push(...answer.videos)
    cursor = answer.nextCursor
    if (cursor === undefined) return { videos, isWhole: true }
  }
  return { videos, isWhole: false }
}
