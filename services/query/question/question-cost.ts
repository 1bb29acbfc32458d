// The cost of a question, in values to add up: series × periods. So a counter on a page costs a thousandth of an
// hourly series of many videos. Pure.
import { isListed, isRanked, type QueryQuestion } from './query-question.ts'
import type { TotalQuestion } from './questions.ts'
import type { AskedRange } from './range.ts'
import { GRANULARITY_MINUTES, type Granularity, STANDARD_TYPES } from './vocabulary.ts'

/** The assumed periods of a series without a start, whose length is known only when it is read. */
const PERIODS_FROM_BEGINNING = 1_000

/** The cost of every request, even one that is refused. */
export const REQUEST_COST = 1
/** Of a page, which sends one every few seconds; many viewers may share a network. */
export const HEARTBEAT_COST = 200
export const SUMMARY_COST = STANDARD_TYPES.length
/** A few thousand counts are processed, but most requests share a list. */
export const TOP_COST = 10
/** A few hundred sketches. */
export const UNIQUES_COST = 10
/** Many files are read, for a tenth of a second or more. */
export const BREAKDOWN_COST = 25_000
/** The raw events of an hour or two are read, and rollups of the time before. */
const SITE_COST = 5_000
/** A few calls to the store. */
export const AUDIT_COST = 10
/** On a cluster some hundred rows are read, of titles and of names of channels, or up to 1,700. */
export const SEARCH_COST = 1_000
/**
 * A title is stored for good: a read and about a dozen writes of the store that holds the counts, or ten times as many
 * where a long title replaces another.
 */
export const VIDEO_CHANGE_COST = 2_500
/** The same for each video of many, which share a request: a tenant may set the most of one request at once. */
export const BULK_VIDEO_COST = 1_000
/** So many annotations a video may have. */
export const ANNOTATIONS_COST = 100
/** Some annotations are read, and one is stored. */
export const ANNOTATION_CHANGE_COST = 1_000
/** A list of alerts is read, which may be empty. */
export const ALERTS_COST = 10
/** For each alert in the list: a document with all that it has told. */
export const ALERT_COST = 100
/** Several are read, and one is changed by compare-and-set. */
export const ALERT_CHANGE_COST = 1_000
/** A request is sent to somebody else, who is not to be flooded: some a second at most. */
export const WEBHOOK_TEST_COST = 100_000

export function statsCost({ range, series }: TotalQuestion): number {
  return periodsOf(range, series?.granularity ?? null)
}

export function siteCost(question: TotalQuestion): number {
  return SITE_COST + statsCost(question)
}

/** Where it begins is another question. */
export function filteredCost(question: TotalQuestion): number {
  return BREAKDOWN_COST * (question.range.from === null ? 2 : 1) + statsCost(question)
}

export function queryCost(question: QueryQuestion): number {
  const { range, granularity, isCompared } = question
  return rowsOf(question) * periodsOf(range, granularity) * (isCompared ? 2 : 1)
}

/** Where all videos of a channel or the site begin is another question. */
export function archiveQueryCost(question: QueryQuestion): number {
  return BREAKDOWN_COST * (question.range.from === null && !isListed(question) ? 2 : 1) + queryCost(question)
}

/** Before any are added up. */
function rowsOf(question: QueryQuestion): number {
  if (isRanked(question)) return question.limit + 1
  const { about, eventTypes } = question
  return ('videoIds' in about ? about.videoIds.length : 1) * eventTypes.length
}

function periodsOf({ from, to }: AskedRange, granularity: Granularity | null): number {
  if (granularity === null) return 1
  if (from === null) return PERIODS_FROM_BEGINNING
  return Math.max(1, Math.ceil((to - from) / GRANULARITY_MINUTES[granularity]))
}
