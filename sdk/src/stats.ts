// getStats and getSummary: questions about one video.
import { filtersOf, get, notTally, queryString, type Time, videoPath, type Where } from './question.ts'
import type { Transport } from './request.ts'
import { isObject } from './status.ts'

export type SummaryFunction = 'count' | 'sum' | 'average' | 'min' | 'max'

/** `rate` is events per minute; `cumulative` their number since the range began. */
export type StatsFunction = SummaryFunction | 'rate' | 'cumulative'

/** ISO 8601 durations. Weeks begin on Monday. */
export type Granularity = 'PT1M' | 'PT15M' | 'PT1H' | 'P1D' | 'P1W' | 'P1M'

export type StatsMeta = {
  /**
   * Everything accepted before this moment is in the answer; null if a server that has just started does not know it.
   */
  readonly asOf: string | null
  /** No accepted event of the range is missing. */
  readonly complete: boolean
  readonly reconciled: boolean
  /** The store could not be asked in full. */
  readonly stale: boolean
  /** Set while events that were imported into the range are not counted yet. */
  readonly importing?: true
  /**
   * Set if a series in a time zone reaches further back than hours are kept: periods that begin before this time are
   * made of the UTC days of the same dates.
   */
  readonly utcDaysBefore?: string
  /** The same for UTC hours, if an earlier release of the server added up hours as a whole. */
  readonly utcHoursBefore?: string
}

/** In the unit of the events' value. Beyond 2^53 it is rounded to the nearest JavaScript number. */
export type StatsValue = number | null

/** The metadata of a video. */
export type VideoInfo = {
  readonly title: string
  readonly channel: string | null
  readonly durationSeconds: number | null
  /** RFC 3339. */
  readonly published: string | null
}

/** One number of several videos together. */
export type SiteStats = {
  readonly eventType: string
  readonly function: StatsFunction
  /** The range that was used, widened to whole minutes, half-open, RFC 3339. */
  readonly startTime: string
  readonly endTime: string
  /** null where there is no average, min or max: no event carried a value. */
  readonly value: StatsValue
  /** With a granularity: every period of the range, in order; `time` is a period's start. */
  readonly series?: readonly { readonly time: string; readonly value: StatsValue }[]
  readonly meta: StatsMeta
}

export type ChannelStats = SiteStats & { readonly channelId: string }

export type Stats = SiteStats & { readonly videoId: string; readonly video?: VideoInfo }

export type TypeSummary = {
  readonly count: number
  readonly sum: number
  /** null if no event carried a value, like the others. */
  readonly average: StatsValue
  readonly min: StatsValue
  readonly max: StatsValue
}

export type Summary = {
  readonly videoId: string
  readonly startTime: string
  readonly endTime: string
  /** By event type: view, like, dislike, share, and all others that were ever counted. */
  readonly types: Readonly<Record<string, TypeSummary>>
  /** How many types there are beyond the 100 of one answer. */
  readonly typesOmitted?: number
  readonly video?: VideoInfo
  readonly meta: StatsMeta
}

export type CallOptions = { readonly signal?: AbortSignal }

export type StatsOptions = CallOptions & {
  /** Adds `series`. */
  readonly granularity?: Granularity
  /** IANA time zone for hours, days, weeks and months; UTC when missing. */
  readonly timeZone?: string
  /** Only these events count. The answer is as current as a breakdown. */
  readonly where?: Where
}

/** What is asked of a video, a channel or all videos. */
export type AskedTotal = readonly [
  eventType: string,
  fn: StatsFunction,
  startTime?: Time | undefined,
  endTime?: Time | undefined,
  options?: StatsOptions | undefined,
]

/** See `Client.getStats`. @param path of what is asked about */
export async function totalOf<Answer extends SiteStats>(
  transport: Transport,
  path: string,
  [eventType, fn, startTime, endTime, { granularity, timeZone, where = {}, signal } = {}]: AskedTotal,
): Promise<Answer> {
  const query = {
    eventType,
    function: fn,
    startTime,
    endTime,
    granularity,
    timeZone,
    where: filtersOf(where),
  }
  const answer = await get(transport, `${path}/stats${queryString(query)}`, signal)
  if (!('value' in answer)) throw notTally('value')
  return answer as unknown as Answer
}

/** See `Client.getSummary`. */
export async function getSummary(
  transport: Transport,
  videoId: string,
  startTime: Time | undefined,
  endTime: Time | undefined,
  options: CallOptions,
): Promise<Summary> {
  const path = `${videoPath(videoId)}/summary${queryString({ startTime, endTime })}`
  const answer = await get(transport, path, options.signal)
  if (!isObject(answer.types)) throw notTally('types')
  return answer as Summary
}
