// The calls that read.
import {
  type Breakdown,
  type BreakdownOptions,
  breakdownOf,
  type ChannelBreakdown,
  type SiteBreakdown,
} from './breakdown.ts'
import { type PatientRuntime, patientRuntime } from './patient-runtime.ts'
import { type Query, type QueryAnswer, query } from './query.ts'
import { channelPath, type Time, videoPath } from './question.ts'
import type { Transport } from './request.ts'
import { type Share, type ShareLink, share } from './share.ts'
import {
  type CallOptions,
  type ChannelStats,
  getSummary,
  type SiteStats,
  type Stats,
  type StatsFunction,
  type StatsOptions,
  type Summary,
  type SummaryFunction,
  totalOf,
} from './stats.ts'
import { getTop, type Top, type TopOptions } from './top.ts'
import { followingEndpoint, type TransportOptions, transportOf } from './transport.ts'

export type Reader = {
  /**
   * One function of one video's events of a type, over the half-open range from `startTime` (the beginning
   * when missing) to `endTime` (now when missing), widened to whole minutes. Fails with a TallyError.
   */
  getStats(
    videoId: string,
    eventType: string,
    fn: StatsFunction,
    startTime?: Time,
    endTime?: Time,
    options?: StatsOptions,
  ): Promise<Stats>
  /** The same number over all videos of a channel. Fails with a TallyError. */
  getChannelStats(
    channelId: string,
    eventType: string,
    fn: StatsFunction,
    startTime?: Time,
    endTime?: Time,
    options?: StatsOptions,
  ): Promise<ChannelStats>
  /** The same number over all videos together. Fails with a TallyError. */
  getSiteStats(
    eventType: string,
    fn: StatsFunction,
    startTime?: Time,
    endTime?: Time,
    options?: StatsOptions,
  ): Promise<SiteStats>
  /** All functions of all types of one video. Fails with a TallyError. */
  getSummary(videoId: string, startTime?: Time, endTime?: Time, options?: CallOptions): Promise<Summary>
  /** Many videos, types and functions at once, grouped, ordered and compared. Fails with a TallyError. */
  query(asked: Query, options?: CallOptions): Promise<QueryAnswer>
  /** The most counted videos of a window of at most a day, or the fastest rising. Fails with a TallyError. */
  getTop(eventType: string, options?: TopOptions): Promise<Top>
  /**
   * One number about a video, by the value of an attribute (`country`) that the server's `DIMENSIONS` declares. It is
   * counted when it is asked for, which may take 20 s. Fails with a TallyError.
   */
  getBreakdown<By extends string>(
    videoId: string,
    by: By,
    eventType: string,
    fn: SummaryFunction,
    startTime?: Time,
    endTime?: Time,
    options?: BreakdownOptions,
  ): Promise<Breakdown<By>>
  /** The same over all videos of a channel. Fails with a TallyError. */
  getChannelBreakdown<By extends string>(
    channelId: string,
    by: By,
    eventType: string,
    fn: SummaryFunction,
    startTime?: Time,
    endTime?: Time,
    options?: BreakdownOptions,
  ): Promise<ChannelBreakdown<By>>
  /** The same over all videos together. Fails with a TallyError. */
  getSiteBreakdown<By extends string>(
    by: By,
    eventType: string,
    fn: SummaryFunction,
    startTime?: Time,
    endTime?: Time,
    options?: BreakdownOptions,
  ): Promise<SiteBreakdown<By>>
  /** A link that shows one video or channel to whoever has it, until it ends. Fails with a TallyError. */
  share(shown: Share, options?: CallOptions): Promise<ShareLink>
}

const SITE = '/v1/site'

/** The reading half of a client, for a page that sends nothing. Fails with a TallyError `invalid_argument`. */
export function createReader(options: TransportOptions, runtime: PatientRuntime = patientRuntime): Reader {
  return readerOf(transportOf(followingEndpoint(options, runtime), runtime, options))
}

export function readerOf(transport: Transport): Reader {
  return {
    getStats: async (videoId, ...asked) => totalOf(transport, videoPath(videoId), asked),
    getChannelStats: async (channelId, ...asked) => totalOf(transport, channelPath(channelId), asked),
    getSiteStats: async (...asked) => totalOf(transport, SITE, asked),
    getSummary: async (videoId, startTime, endTime, options = {}) =>
      getSummary(transport, videoId, startTime, endTime, options),
    query: async (asked, options = {}) => query(transport, asked, options),
    getTop: async (eventType, options = {}) => getTop(transport, eventType, options),
    getBreakdown: async (videoId, ...asked) => breakdownOf(transport, videoPath(videoId), asked),
    getChannelBreakdown: async (channelId, ...asked) => breakdownOf(transport, channelPath(channelId), asked),
    getSiteBreakdown: async (...asked) => breakdownOf(transport, SITE, asked),
    share: (...asked) => share(transport, ...asked),
  }
}
