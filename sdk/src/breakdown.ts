// getBreakdown and the like: one number about a video, a channel or all videos, by the value of an attribute of events.
import { filtersOf, get, notTally, queryString, type Time, type Where } from './question.ts'
import type { Transport } from './request.ts'
import type { CallOptions, StatsMeta, StatsValue, SummaryFunction, VideoInfo } from './stats.ts'

export type BreakdownOptions = CallOptions & {
  /** Only these events count. */
  readonly where?: Where
  /** Rows, without that of the rest, up to 1,000; 100 when missing. */
  readonly limit?: number
}

/**
 * The value of the attribute is under its name, and empty for events without the attribute. By `videoId` rows are of
 * the videos of a channel or of all.
 */
export type BreakdownRow<By extends string = string> = {
  readonly value: StatsValue
  /** Set in the row of all values beyond the limit. */
  readonly isOther?: true
  /** With `isOther`: in so many hours, whose raw events are purged, events of the other rows may be in this one. */
  readonly hidingHours?: number
  /** By `videoId`, where the title is known. */
  readonly video?: VideoInfo
} & { readonly [Name in By]: string }

/** Of all videos together. */
export type SiteBreakdown<By extends string = string> = {
  readonly eventType: string
  readonly function: SummaryFunction
  readonly by: string
  /** What the server can be asked by. */
  readonly dimensions: readonly string[]
  /** The range that was used, half-open, RFC 3339. */
  readonly startTime: string
  readonly endTime: string
  /** Counts and sums of the rows add up to it. */
  readonly total: StatsValue
  /** Highest first; the row of the rest is the last. */
  readonly rows: readonly BreakdownRow<By>[]
  readonly meta: StatsMeta
}

export type ChannelBreakdown<By extends string = string> = SiteBreakdown<By> & { readonly channelId: string }

export type Breakdown<By extends string = string> = SiteBreakdown<By> & { readonly videoId: string }

/** What is asked of a video, a channel or all videos. */
export type AskedBreakdown<By extends string> = readonly [
  by: By,
  eventType: string,
  fn: SummaryFunction,
  startTime?: Time | undefined,
  endTime?: Time | undefined,
  options?: BreakdownOptions | undefined,
]

/** See `Client.getBreakdown`. @param path of what is asked about */
export async function breakdownOf<Answer extends SiteBreakdown>(
  transport: Transport,
  path: string,
  asked: AskedBreakdown<string>,
): Promise<Answer> {
  const [by, eventType, fn, startTime, endTime, { where = {}, limit, signal } = {}] = asked
  const query = queryString({
    by,
    eventType,
    function: fn,
    startTime,
    endTime,
    where: filtersOf(where),
    limit,
  })
  const answer = await get(transport, `${path}/breakdown${query}`, signal)
  if (!Array.isArray(answer.rows)) throw notTally('rows')
  return answer as unknown as Answer
}
