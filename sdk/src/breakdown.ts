// getBreakdown: one number about a video, by the value of an attribute of its events.
import { get, notTally, queryString, type Time, videoPath } from './question.ts'
import type { Transport } from './request.ts'
import type { CallOptions, StatsMeta, StatsValue, SummaryFunction } from './stats.ts'

export type BreakdownOptions = CallOptions & {
  /** Rows, without that of the rest, up to 1,000; 100 when missing. */
  readonly limit?: number
}

/** The value of the attribute is under its name, and empty for events without the attribute. */
export type BreakdownRow<By extends string = string> = {
  readonly value: StatsValue
  /** Set in the row of all values beyond the limit. */
  readonly isOther?: true
} & { readonly [Name in By]: string }

export type Breakdown<By extends string = string> = {
  readonly videoId: string
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

/** See `Client.getBreakdown`. */
export async function getBreakdown<By extends string>(
  transport: Transport,
  videoId: string,
  by: By,
  eventType: string,
  fn: SummaryFunction,
  startTime: Time | undefined,
  endTime: Time | undefined,
  { limit, signal }: BreakdownOptions,
): Promise<Breakdown<By>> {
  const query = { by, eventType, function: fn, startTime, endTime, limit }
  const answer = await get(transport, `${videoPath(videoId)}/breakdown${queryString(query)}`, signal)
  if (!Array.isArray(answer.rows)) throw notTally('rows')
  return answer as Breakdown<By>
}
