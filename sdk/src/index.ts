// The SDK's public exports.
export { type Client, type ClientOptions, createClient } from './client.ts'
export { type Problem, TallyError, type TallyErrorCode, type UnresolvedEvent } from './errors.ts'
export type { Rejection, RejectionCode, TallyEvent } from './event.ts'
export type { ProcessOptions, ProcessResult } from './process-events.ts'
export type {
  Dimension,
  Query,
  QueryAnswer,
  QueryPoint,
  QueryPrevious,
  QueryRow,
  QueryValues,
} from './query.ts'
export type { Time } from './question.ts'
export type { RetryNotice } from './request.ts'
export { type RetryPolicy, retryDelayMs } from './retry.ts'
export type {
  CallOptions,
  Granularity,
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
