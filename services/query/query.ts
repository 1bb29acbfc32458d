// Many videos, types and functions in one question, in rows grouped by the asked dimensions. This file shows the
// order of the stages.

import { invalidRequest, type QueryFault } from '../../lib/http/parameters.ts'
import { mapBounded } from '../../lib/map-bounded.ts'
import type { Turns } from '../../lib/turns.ts'
import type { Series } from '../../model/bucket.ts'
import { type Meta, metaOf, progressOf } from './answer/meta.ts'
import { type QueryRow, queryTurns, rowsOf, summedGroups, timesOf, zoneOf } from './answer/query-rows.ts'
import { pageOf } from './answer/result-page.ts'
import type { QueryDeps } from './deps.ts'
import { isLacking } from './plan/cut.ts'
import { planReads } from './plan/plan.ts'
import { pointsFault, type Spans, spansOf, wholeOf } from './plan/query-spans.ts'
import { cursorText } from './question/cursor.ts'
import type { ListedQuestion } from './question/query-question.ts'
import { checkLength, startedRange } from './question/range.ts'
import { type Granularity, type MinuteRange, QUERY_LIMITS } from './question/vocabulary.ts'
import { oldestOf } from './read/age.ts'
import { ALL_KEPT, firstMinuteOf, isEmptyBefore } from './read/empty-past.ts'
import { lastUncut, readSlots, type SlotSums } from './read/read-slots.ts'
import { groupsOf } from './read/row-groups.ts'

export type QueryAnswer = {
  readonly startTime: string
  readonly endTime: string
  readonly granularity?: Granularity
  readonly timeZone?: string
  readonly rows: readonly QueryRow[]
  readonly nextCursor?: string
  readonly meta: Meta
}

/** For each of them, readSlots has several reads in flight. */
const SERIES_IN_FLIGHT_MAX = 8

/** Fails with ProblemError: `invalid-request` if the answer would be too large, `store-unavailable`. */
export async function getQuery(
  deps: QueryDeps,
  tenant: string,
  question: ListedQuestion,
): Promise<QueryAnswer> {
  const progress = progressOf(deps, question.range)
  const series = seriesOf(tenant, question)
  const asked = await rangeOf(deps, series, question)
  const kept = deps.kept()
  let spans = spansOf(asked, question, kept)
  if (isLacking(spans) && (await isEmptyBefore(deps.counts, series, asked.to))) {
    spans = spansOf(asked, question, ALL_KEPT)
  }
  const turns = queryTurns()
  let readings = await readAll(deps, series, spans, turns)
  const uncutTo = lastUncut(readings)
  if (uncutTo !== null) {
    spans = spansOf(asked, question, { ...kept, quartersFrom: uncutTo })
    readings = await readAll(deps, series, spans, turns)
  }
  const groups = await groupsOf(deps, series, question.groupBy)
  const rows = await summedGroups(groups, readings, spans, turns)
  const { range } = spans.current
  const { limit, cursor, order } = question
  const page = pageOf(rows, order, range, { limit, after: cursor?.after ?? null })
  return {
    ...timesOf(range),
    ...zoneOf(question),
    rows: await rowsOf(page.rows, question, spans, turns),
    ...(page.after !== null && { nextCursor: cursorText({ range, after: page.after }, question.digest) }),
    meta: metaOf(wholeOf(spans), progress, oldestOf(readings), spans.coarse),
  }
}

async function readAll(
  { counts }: QueryDeps,
  series: readonly Series[],
  { slots, fault }: Spans,
  turns: Turns,
): Promise<SlotSums[]> {
  if (fault !== null) throw invalidRequest([fault])
  await turns.after(slots.length)
  const reads = planReads(slots)
  await turns.after(slots.length)
  const faults = [
    pointsFault(slots.length, series.length, 'videoIds × eventTypes'),
    readsFault(series.length * reads.length),
  ].filter((one) => one !== null)
  if (faults.length > 0) throw invalidRequest(faults)
  return mapBounded(series, SERIES_IN_FLIGHT_MAX, async (one) => {
    await turns.after(slots.length)
    return readSlots(counts, one, slots, reads)
  })
}

export function seriesOf(tenant: string, { about, eventTypes }: ListedQuestion): Series[] {
  return about.videoIds.flatMap((videoId) => eventTypes.map((type) => ({ tenant, videoId, type })))
}

/** The asked range; without a start, from the first minute that any of the series counts. */
async function rangeOf(
  { counts }: QueryDeps,
  series: readonly Series[],
  { range, cursor, granularity }: ListedQuestion,
): Promise<MinuteRange> {
  if (cursor !== null) return cursor.range
  if (range.from !== null) return startedRange(range, null)
  const started = startedRange(range, await firstMinuteOf(counts, series))
  if (granularity !== null) checkLength(started, granularity)
  return started
}

function readsFault(reads: number): QueryFault | null {
  const { readsMax } = QUERY_LIMITS
  if (reads <= readsMax) return null
  const detail =
    `To cut these ranges takes ${reads} reads of the counts: at most ${readsMax}. ` +
    'Ask for less time, or UTC.'
  return { parameter: 'granularity', code: 'too_large', detail }
}
