// Asks for the most counted and the fastest rising videos of a window, and for the course of each.
import { askJson, postJson, spanQuery, type VideoInfo, whereThere } from '../api.ts'
import { whereBody } from '../breakdown/where.ts'
import { TOP_ROWS, topAddress, topRange } from '../first-questions.ts'
import { momentText, shownZone } from '../format.ts'
import type { OverviewRoute } from '../route.ts'
import { isTopWindow, TOP_WINDOWS, windowSpan } from '../windows.ts'
import { askByVideo } from './by-video.ts'

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

/** The hours that the server keeps lists of; null where it counts when it is asked. */
export function keptHours({ window, where }: Choice): number | null {
  return isTopWindow(window) && where.length === 0 ? TOP_WINDOWS[window] : null
}

/** Null if the server keeps no lists. */
export async function askTops(choice: Choice, signal: AbortSignal): Promise<TopVideos | null> {
  const hours = keptHours(choice)
  if (hours === null) return countTops(choice, signal)
  const range = topRange(hours, Date.now())
  const ask = (order: 'count' | 'rising') =>
    whereThere(askJson<TopAnswer>(topAddress(choice.type, range, order), signal))
  const [top, rising] = await Promise.all([ask('count'), ask('rising')])
  return top && rising && { top: top.videos, rising: rising.videos, range, note: '' }
}

async function countTops({ window, type, where }: Choice, signal: AbortSignal): Promise<TopVideos> {
  const span = windowSpan(window, Date.now(), shownZone())
  const question = { type, measure: 'count', span, where, rowsMax: TOP_ROWS } as const
  const { videos, since } = await askByVideo(question, signal)
  const top = videos.map(({ videoId, value, video }) => ({ videoId, count: value, video }))
  const note =
    since === null
      ? ''
      : `Nothing by video is kept from before ${momentText(Date.parse(since))}: it is counted from then on.`
  return { top, rising: null, range: spanQuery(span), note }
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
