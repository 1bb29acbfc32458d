// What a question costs, in values that have to be added up: series × periods. So a counter on a page costs a
// thousandth of a course by the hour of many videos. Pure.
import type { QueryQuestion } from './query-question.ts'
import type { StatsQuestion } from './questions.ts'
import type { AskedRange } from './range.ts'
import { GRANULARITY_MINUTES, type Granularity, STANDARD_TYPES } from './vocabulary.ts'

/** Of a series from the beginning, whose length shows only when it is read. */
const PERIODS_FROM_BEGINNING = 1_000

/** Of every request, be it only to be refused. */
export const REQUEST_COST = 1
export const SUMMARY_COST = STANDARD_TYPES.length
/** Some thousand counts are gone through, but most askers share a list. */
export const TOP_COST = 10
/** Some hundred sketches, a register each. */
export const UNIQUES_COST = 10
/** Some calls to the store. */
export const AUDIT_COST = 10
/** Some titles are gone through. */
export const SEARCH_COST = 10

export function statsCost({ range, series }: StatsQuestion): number {
  return periodsOf(range, series?.granularity ?? null)
}

export function queryCost({ videoIds, eventTypes, range, granularity, isCompared }: QueryQuestion): number {
  const spans = isCompared ? 2 : 1
  return videoIds.length * eventTypes.length * periodsOf(range, granularity) * spans
}

function periodsOf({ from, to }: AskedRange, granularity: Granularity | null): number {
  if (granularity === null) return 1
  if (from === null) return PERIODS_FROM_BEGINNING
  return Math.max(1, Math.ceil((to - from) / GRANULARITY_MINUTES[granularity]))
}
