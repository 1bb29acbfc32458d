// Asks for the most counted and the fastest rising videos of a window, and for the course of each.
import { askJson, postJson, spanQuery, type VideoInfo, whereThere } from '../api.ts'
import { askWhatIsKept } from '../breakdown/breakdown.ts'
import { whereBody } from '../breakdown/where.ts'
import { TOP_ROWS, topAddress, topRange } from '../first-questions.ts'
import { momentText, shownZone } from '../format.ts'
import type { Span } from '../ranges/ranges.ts'
import type { OverviewRoute } from '../route.ts'
import { isTopWindow, TOP_WINDOWS, windowSpan } from '../windows.ts'

export type TopVideo = {
  readonly videoId: string
  readonly count: number
  readonly previous?: number
  readonly video?: VideoInfo | undefined
}
/** `rising` is null where nothing is known of the time before, or of events with some values alone. */
export type TopVideos = {
  readonly top: readonly TopVideo[]
  readonly rising: readonly TopVideo[] | null
  readonly range: Readonly<Record<string, string>>
  readonly note: string
}
export type Courses = ReadonlyMap<string, readonly (number | null)[]>

type Choice = Pick<OverviewRoute, 'window' | 'type' | 'where'>
type TopAnswer = { readonly videos: readonly TopVideo[] }
type QueryAnswer = {
  readonly rows: readonly {
    readonly videoId?: string
    readonly series?: readonly { readonly values: { readonly count: number | null } }[]
  }[]
}

/** Whether the server keeps lists that tell, or counts when it is asked. */
export function areKept({ window, where }: Choice): boolean {
  return isTopWindow(window) && where.length === 0
}

/** Null if the server keeps no lists. */
export async function askTops(choice: Choice, signal: AbortSignal): Promise<TopVideos | null> {
  const { window, type, where } = choice
  if (!isTopWindow(window) || where.length > 0) return countTops(choice, signal)
  const range = topRange(TOP_WINDOWS[window], Date.now())
  const ask = (order: 'count' | 'rising') =>
    whereThere(askJson<TopAnswer>(topAddress(type, range, order), signal))
  const [top, rising] = await Promise.all([ask('count'), ask('rising')])
  return top && rising && { top: top.videos, rising: rising.videos, range, note: '' }
}

async function countTops({ window, type, where }: Choice, signal: AbortSignal): Promise<TopVideos> {
  const span: Span = windowSpan(window, Date.now(), shownZone())
  const question = { path: 'v1/site', type, measure: 'count', by: 'videoId', span, where } as const
  const { breakdown, startsLater } = await askWhatIsKept(question, signal)
  const top = breakdown.rows
    .filter(({ isOther }) => isOther !== true)
    .map(({ videoId, value, video }) => ({
      ...{ videoId: String(videoId), count: Number(value) },
      video: video as VideoInfo | undefined,
    }))
  const since = momentText(Date.parse(breakdown.startTime))
  const note = startsLater ? `Nothing by video is kept from before ${since}: it is counted from then on.` : ''
  return { top: top.slice(0, TOP_ROWS), rising: null, range: spanQuery(span), note }
}

/** Without an answer the lists are shown without them instead of failing. */
export async function askCourses(
  { type, where }: Choice,
  videoIds: readonly string[],
  question: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Courses> {
  if (videoIds.length === 0) return new Map()
  const body = {
    ...{ ...question, videoIds, eventTypes: [type], functions: ['count'], groupBy: ['video'] },
    ...(where.length > 0 && { where: whereBody(where) }),
  }
  const answer = await postJson<QueryAnswer>('v1/query', body, signal).catch(() => null)
  signal.throwIfAborted()
  return new Map(
    (answer?.rows ?? []).map(({ videoId = '', series = [] }) => [
      videoId,
      series.slice(0, -1).map(({ values }) => values.count), // the last one is unfinished
    ]),
  )
}
