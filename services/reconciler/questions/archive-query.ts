// A question about many videos that the counts cannot answer, which know neither attributes of events nor all videos of
// a channel or a site together: what is held ▸ periods ▸ count ▸ rows. It adds up to what the archive holds.
import type { Turns } from '../../../lib/turns.ts'
import type { Series } from '../../../model/bucket.ts'
import { siteOf } from '../../../model/site.ts'
import { type Aggregate, EMPTY } from '../../../model/total.ts'
import {
  BREAKDOWN_ORDERS,
  type BreakdownOrder,
  type CountedPeriods,
  type PeriodsOrder,
  type RowsOf,
  seriesRow,
} from '../../../stores/archive/breakdowns.ts'
import type { VideoReader } from '../../../stores/videos/videos.ts'
import { vouchedFrom } from '../../query/answer/meta.ts'
import {
  queryTurns,
  rowsOf,
  type SummedRow,
  summedGroups,
  summedRow,
  timesOf,
  zoneOf,
} from '../../query/answer/query-rows.ts'
import { pageOf } from '../../query/answer/result-page.ts'
import { pointsFault, type Spans, spansOf, wholeOf } from '../../query/plan/query-spans.ts'
import { type QueryAnswer, seriesOf } from '../../query/query.ts'
import { cursorText } from '../../query/question/cursor.ts'
import { BY_ATTRIBUTE, isListed, isRanked, type QueryQuestion } from '../../query/question/query-question.ts'
import { ALL_KEPT } from '../../query/read/empty-past.ts'
import { type GroupKey, groupsOf } from '../../query/read/row-groups.ts'
import type { HowFarArchived } from '../archiving/archived.ts'
import { archivedMeta } from './archived-meta.ts'
import { type BreakdownDeps, OTHER, restOf } from './breakdown.ts'
import { Further, hidingHours, whileHeld } from './held.ts'
import { countPeriods, firstEvent, type HeldRows, heldSpans } from './held-periods.ts'

export type ArchiveQueryDeps = BreakdownDeps & { readonly videos: Pick<VideoReader, 'find'> }

export type AskedQuery = QueryQuestion & {
  /** Those that it is about; null: all of the tenant. */
  readonly videoIds: readonly string[] | null
}

/**
 * Without a start, a question about a channel or the whole site begins with the first event, and one about named videos
 * where their counts do. `archived` was known before the call. Fails with ProblemError: `invalid-request` if the answer
 * would be too large or nothing is kept of the beginning of the range; with the errors of the stores, and when aborted.
 */
export async function getArchiveQuery(
  deps: ArchiveQueryDeps,
  tenant: string,
  question: AskedQuery,
  archived: HowFarArchived,
  signal: AbortSignal,
): Promise<QueryAnswer> {
  const { videoIds, eventTypes: types, where, by } = question
  const scope = { tenant, videoIds, types, where }
  const asked = rangeRead(question)
  const vouched = vouchedFrom(asked, await deps.vouched())
  const coverage = await deps.rollups.readReconciled()
  const counted = await whileHeld(deps, { ...scope, by }, asked, signal, async (held) => {
    const firstMinute =
      asked.from !== null || isListed(question)
        ? held.firstMinute
        : await firstEvent(deps, scope, held, asked.to, signal)
    const spans = heldSpans(question, { ...held, firstMinute })
    // A period that is widened to whole hours moves the one before it.
    if (wholeOf(spans).from < held.knownFrom) return new Further(wholeOf(spans).from)
    const found = await countPeriods(deps, scope, rowsAsked(question), held, spans, signal)
    const hiding = await hidingHours(deps, { ...scope, by }, held, wholeOf(spans), signal)
    return { held, spans, found, hiding }
  })
  const { spans, found, hiding } = counted
  const turns = queryTurns()
  const page = isRanked(question)
    ? { rows: rankedRows(by, found, hiding, spans), after: null }
    : await pageOfSeries(deps, tenant, question, spans, found, turns)
  const { range } = spans.current
  return {
    ...timesOf(range),
    ...zoneOf(question),
    rows: await rowsOf(page.rows, question, spans, turns),
    ...(page.after !== null && { nextCursor: cursorText({ range, after: page.after }, question.digest) }),
    meta: archivedMeta(
      { ...counted, vouched, range: wholeOf(spans), coarse: spans.coarse },
      archived,
      coverage,
      deps.inTime,
    ),
  }
}

/** The asked range; one that is compared begins with the period before. */
function rangeRead(question: QueryQuestion) {
  const { from, to } = question.cursor?.range ?? question.range
  if (from === null || !question.isCompared) return { from, to }
  return { from: wholeOf(spansOf({ from, to }, question, ALL_KEPT)).from, to }
}

function rowsAsked(question: QueryQuestion): HeldRows {
  const { by, limit, eventTypes } = question
  const order = orderOf(question)
  if (isRanked(question)) {
    const rows: RowsOf = by === null ? 'video' : { attribute: by }
    const fault = (periods: number) => pointsFault(periods, limit + 1, '(limit + 1)')
    return { rowsOf: rows, rowsMax: limit, order, fault }
  }
  const ofSeries = isListed(question)
  const rowsMax = (ofSeries ? question.about.videoIds.length : 1) * eventTypes.length
  const counted = ofSeries ? 'videoIds × eventTypes' : 'eventTypes'
  const fault = (periods: number) => pointsFault(periods, rowsMax, counted)
  return { rowsOf: ofSeries ? 'series' : 'type', rowsMax, order, fault }
}

/** Highest first by the first function, where nothing else is asked for. */
function orderOf({ order, functions }: QueryQuestion): PeriodsOrder {
  if (order?.by === BY_ATTRIBUTE || order?.by === 'video')
    return { by: 'value', isDescending: order.isDescending }
  const by = order?.by ?? functions[0]!
  const isOrder = (BREAKDOWN_ORDERS as readonly string[]).includes(by)
  // Of one range, rates and numbers since its beginning are in the order of counts.
  return { by: isOrder ? (by as BreakdownOrder) : 'count', isDescending: order?.isDescending ?? true }
}

/** One row for each value of the attribute, or for each video where there is none, and one of the rest. */
function rankedRows(
  by: string | null,
  { rows, other }: CountedPeriods,
  hiding: number,
  spans: Spans,
): SummedRow[] {
  const keyOf = (value: string): GroupKey =>
    by === null ? { videoId: value } : { attributes: { [by]: value } }
  const shown = rows.map(({ value, sums }) => summedRow(keyOf(value), sums, spans))
  if (other === null) return shown
  return [...shown, summedRow({ ...keyOf(OTHER), ...restOf(hiding) }, other, spans)]
}

async function pageOfSeries(
  { videos }: ArchiveQueryDeps,
  tenant: string,
  question: QueryQuestion,
  spans: Spans,
  found: CountedPeriods,
  turns: Turns,
) {
  const isOfVideos = isListed(question)
  const series = isOfVideos
    ? seriesOf(tenant, question)
    : question.eventTypes.map((type) => siteOf(tenant, type))
  const rowOf = (one: Series) => (isOfVideos ? seriesRow(one) : one.type)
  const sums = new Map(found.rows.map((row) => [row.value, row.sums]))
  const none: readonly Aggregate[] = spans.slots.map(() => EMPTY)
  const readings = series.map((one) => ({ sums: sums.get(rowOf(one)) ?? none }))
  const groups = await groupsOf({ videos }, series, question.groupBy)
  const rows = await summedGroups(groups, readings, spans, turns)
  const { limit, cursor, order } = question
  return pageOf(rows, order, spans.current.range, { limit, after: cursor?.after ?? null })
}
