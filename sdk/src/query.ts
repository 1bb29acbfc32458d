// query: a question about many videos at once.
import { ask, notTally, type Time, timeText, type Where } from './question.ts'
import type { Transport } from './request.ts'
import type { CallOptions, Granularity, StatsFunction, StatsMeta, StatsValue } from './stats.ts'

export type Query = QueryAbout & {
  /** One, or up to 10. */
  readonly eventTypes: string | readonly string[]
  /** count when missing. */
  readonly functions?: StatsFunction | readonly StatsFunction[]
  /** The first counted minute when missing. */
  readonly startTime?: Time
  /** Exclusive; now when missing. */
  readonly endTime?: Time
  /** Adds series. */
  readonly granularity?: Granularity
  /** IANA; UTC when missing. */
  readonly timeZone?: string
  /**
   * What the rows are grouped by: `video`, `type` and `channel`, or alone an attribute that the server's `DIMENSIONS`
   * declares; with `channelId` or `site` one of `video`, `type` and an attribute. When missing, everything is one row.
   */
  readonly groupBy?: string | readonly string[]
  /** Only these events count. */
  readonly where?: Where
  /** A requested function or dimension, with a minus for descending order, such as `-count`. */
  readonly orderBy?: string
  /** Rows of one answer, without that of the rest, up to 1,000; 100 when missing. */
  readonly limit?: number
  /** `nextCursor` of the previous page; all other fields except `limit` must be unchanged. */
  readonly cursor?: string
  /** Adds the equally long period before. */
  readonly compare?: 'previous'
}

/** Exactly one of these. */
type QueryAbout =
  | {
      /** One, or up to 100. */
      readonly videoIds: string | readonly string[]
      readonly channelId?: never
      readonly site?: never
    }
  | {
      /** All videos whose metadata names the channel now. */
      readonly channelId: string
      readonly videoIds?: never
      readonly site?: never
    }
  | {
      /** All videos. */
      readonly site: true
      readonly videoIds?: never
      readonly channelId?: never
    }

/** The values by requested function. */
export type QueryValues = {
  readonly count?: number
  readonly sum?: number
  /** null where no event carried a value. */
  readonly average?: StatsValue
  readonly min?: StatsValue
  readonly max?: StatsValue
  readonly rate?: StatsValue
  readonly cumulative?: number
}

export type QueryPoint = { readonly time: string; readonly values: QueryValues }

export type QueryRow = {
  /** These three are set if the rows are grouped by them. */
  readonly videoId?: string
  readonly eventType?: string
  /** null: the channel is unknown. */
  readonly channelId?: string | null
  /** Set if the rows are grouped by an attribute: its value under its name, empty for events without it. */
  readonly attributes?: Readonly<Record<string, string>>
  /** Set in the row of all values or videos beyond the limit. */
  readonly isOther?: true
  /** With `isOther`: in so many hours, whose raw events are purged, events of the other rows may be in this one. */
  readonly hidingHours?: number
  readonly values: QueryValues
  /** With a granularity: every period of the range, in order; `time` is a period's start. */
  readonly series?: readonly QueryPoint[]
  readonly previous?: QueryPrevious
}

export type QueryPrevious = {
  readonly startTime: string
  readonly endTime: string
  readonly values: QueryValues
  readonly series?: readonly QueryPoint[]
}

export type QueryAnswer = {
  readonly startTime: string
  readonly endTime: string
  readonly granularity?: Granularity
  readonly timeZone?: string
  readonly rows: readonly QueryRow[]
  /** Set if there are more rows. */
  readonly nextCursor?: string
  readonly meta: StatsMeta
}

/** See `Client.query`. */
export async function query(transport: Transport, asked: Query, options: CallOptions): Promise<QueryAnswer> {
  const { startTime, endTime } = asked
  const body = JSON.stringify({
    ...asked,
    ...(startTime !== undefined && { startTime: timeText('startTime', startTime) }),
    ...(endTime !== undefined && { endTime: timeText('endTime', endTime) }),
  })
  const answer = await ask(transport, {
    method: 'POST',
    path: '/v1/query',
    body,
    signal: options.signal,
  })
  if (!Array.isArray(answer.rows)) throw notTally('rows')
  return answer as QueryAnswer
}
