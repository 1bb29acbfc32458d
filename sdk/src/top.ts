// getTop: the most counted or the fastest rising videos.
import { get, notTally, queryString, type Time } from './question.ts'
import type { Transport } from './request.ts'
import type { CallOptions, StatsMeta, VideoInfo } from './stats.ts'

/** Most counted, or fastest rising compared with the equally long window before. */
export type TopOrder = 'count' | 'rising'

export type TopOptions = CallOptions & {
  /** An hour before the end when missing. */
  readonly startTime?: Time
  /** Now when missing; at most 24 hours after the start. */
  readonly endTime?: Time
  /** Videos, up to 100; 10 when missing. */
  readonly limit?: number
  /** count when missing. */
  readonly order?: TopOrder
}

export type TopVideo = {
  readonly videoId: string
  readonly count: number
  /** The count of the window before; only for the order `rising`. */
  readonly previous?: number
  /** (count − previous) / (previous + 10). */
  readonly change?: number
  readonly video?: VideoInfo
}

export type Top = {
  readonly eventType: string
  readonly startTime: string
  readonly endTime: string
  readonly order: TopOrder
  readonly videos: readonly TopVideo[]
  readonly meta: Omit<StatsMeta, 'utcDaysBefore' | 'utcHoursBefore'> & {
    readonly exact: boolean
    /** No count, also of a missing video, is too low by more than this. */
    readonly bound?: number
  }
}

/** See `Client.getTop`. */
export async function getTop(transport: Transport, eventType: string, options: TopOptions): Promise<Top> {
  const { signal, ...asked } = options
  const answer = await get(transport, `/v1/top${queryString({ eventType, ...asked })}`, signal)
  if (!Array.isArray(answer.videos)) throw notTally('videos')
  return answer as Top
}
