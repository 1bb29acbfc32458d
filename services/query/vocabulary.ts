// The words of the query contract and its bounds. Pure data: parsing, the API description and tests share it.

/**
 * What can be asked about the events of a range. All but `count` are over the events that carried a value.
 */
export const FUNCTIONS = ['count', 'sum', 'average', 'min', 'max'] as const
export type StatFunction = (typeof FUNCTIONS)[number]

/** ISO 8601 durations by which a series can be cut, with their length in minutes on an ordinary day. */
export const GRANULARITY_MINUTES = { PT1M: 1, PT1H: 60, P1D: 1_440 } as const
export type Granularity = keyof typeof GRANULARITY_MINUTES
export const GRANULARITIES = Object.keys(GRANULARITY_MINUTES) as readonly Granularity[]

/** Types that a summary always shows, counted or not. */
export const STANDARD_TYPES = ['view', 'like', 'dislike', 'share'] as const

/** A summary shows at most so many types, and says how many it left out. */
export const SUMMARY_TYPES_MAX = 100

/** A series may span at most so many periods. */
export const SERIES_PERIODS_MAX = 10_000

/** The latest time that can be asked for; its local date has a four-digit year in every zone. */
export const QUERY_TIME_MAX = '9999-12-30T00:00:00Z'

/** A half-open range in minutes since the epoch, UTC. */
export type MinuteRange = { readonly from: number; readonly to: number }
