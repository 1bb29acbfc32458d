// What `@tally/sdk/read` exports: the calls that read, without those that send. `.` exports all of it too.
export type {
  Breakdown,
  BreakdownOptions,
  BreakdownRow,
  ChannelBreakdown,
  SiteBreakdown,
} from './breakdown.ts'
export { type Problem, TallyError, type TallyErrorCode } from './errors.ts'
export type {
  Query,
  QueryAnswer,
  QueryPoint,
  QueryPrevious,
  QueryRow,
  QueryValues,
} from './query.ts'
export type { Time, Where } from './question.ts'
export { createReader, type Reader } from './reader.ts'
export type { RetryNotice } from './request.ts'
export type { RetryPolicy } from './retry.ts'
export type { Share, ShareLink } from './share.ts'
export type {
  CallOptions,
  ChannelStats,
  Granularity,
  SiteStats,
  Stats,
  StatsFunction,
  StatsMeta,
  StatsOptions,
  StatsValue,
  Summary,
  SummaryFunction,
  TypeSummary,
  VideoInfo,
} from './stats.ts'
export type { Top, TopOptions, TopOrder, TopVideo } from './top.ts'
export type { TransportOptions } from './transport.ts'
