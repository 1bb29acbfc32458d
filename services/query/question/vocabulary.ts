// The words of the query contract and its bounds. Pure data: parsing, the API description and tests share it.

/**
 * Functions over the events of a range. All except `count` are over the events that carried a value.
 */
export const SUMMARY_FUNCTIONS = ['count', 'sum', 'average', 'min', 'max'] as const
export type SummaryFunction = (typeof SUMMARY_FUNCTIONS)[number]

/**
 * Functions for series as well: `rate` is events per minute; `cumulative` is their number since the range began,
 * which is useful in a series only.
 */
export const FUNCTIONS = [...SUMMARY_FUNCTIONS, 'rate', 'cumulative'] as const
export type StatFunction = (typeof FUNCTIONS)[number]

/** ISO 8601 durations by which a series can be cut, with their least length in minutes apart from clock changes. */
export const GRANULARITY_MINUTES = {
  PT1M: 1,
  PT15M: 15,
  PT1H: 60,
  P1D: 1_440,
  P1W: 10_080,
  P1M: 40_320,
} as const
export type Granularity = keyof typeof GRANULARITY_MINUTES
export const GRANULARITIES = Object.keys(GRANULARITY_MINUTES) as readonly Granularity[]

/** Types that a summary always shows, counted or not. */
export const STANDARD_TYPES = ['view', 'like', 'dislike', 'share'] as const

/** A summary shows at most this many types, and says how many it left out. */
export const SUMMARY_TYPES_MAX = 100

/** A series may span at most this many periods. */
export const SERIES_PERIODS_MAX = 10_000

/** What the rows of a query can be grouped by; without `groupBy` everything is one row. */
export const DIMENSIONS = ['video', 'type', 'channel'] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** What a query can be compared with. */
export const COMPARISONS = ['previous'] as const

/** The bounds of one query; the error message names the bound that was exceeded. */
export const QUERY_LIMITS = {
  videosMax: 100,
  typesMax: 10,
  /** videoIds × eventTypes × periods, including those of the comparison. */
  pointsMax: 50_000,
  /** Calls to the store: more than points where the days of a zone start between two hours of UTC. */
  readsMax: 10_000,
  rowsMax: 1_000,
  rowsDefault: 100,
  cursorCharsMax: 200,
  bodyBytesMax: 256 << 10,
} as const

/** A half-open range in minutes since the epoch, UTC. */
export type MinuteRange = { readonly from: number; readonly to: number }

/** The counts of so many videos of a channel are read, one by one. */
export const CHANNEL_READ_MAX = 5_000
/** The events of so many videos of a channel are counted from the archive, together. */
export const CHANNEL_VIDEOS_MAX = 10_000
