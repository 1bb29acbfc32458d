// A question about many videos that filters by attributes of events or groups by one: what is held ▸ periods ▸ count ▸
// rows. The counts know no attributes, so it is counted from the archive, and adds up to what the archive holds.
import { invalidRequest } from '../../../lib/http/parameters.ts'
import type { Turns } from '../../../lib/turns.ts'
import { MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import { type Aggregate, EMPTY } from '../../../model/total.ts'
import {
  BREAKDOWN_ORDERS,
  type BreakdownOrder,
  type CountedPeriods,
  type EventScope,
  type PeriodsOrder,
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
import { pointsFault, type SpanQuestion, type Spans, spansOf, wholeOf } from '../../query/plan/query-spans.ts'
import { type QueryAnswer, seriesOf } from '../../query/query.ts'
import { cursorText } from '../../query/question/cursor.ts'
import { BY_ATTRIBUTE, type QueryQuestion } from '../../query/question/query-question.ts'
import { checkLength, startedRange } from '../../query/question/range.ts'
import type { StatFunction } from '../../query/question/vocabulary.ts'
import { ALL_KEPT } from '../../query/read/empty-past.ts'
import { groupsOf } from '../../query/read/row-groups.ts'
import type { HowFarArchived } from '../archiving/archived.ts'
import { archivedMeta } from './archived-meta.ts'
import { type BreakdownDeps, OTHER, removedOf, restOf } from './breakdown.ts'
import { expired, type Held, hidingHours, settledIn, whileHeld } from './held.ts'

export type AttributeQueryDeps = BreakdownDeps & { readonly videos: Pick<VideoReader, 'find'> }

/**
 * `archived` was known before the call. Fails with ProblemError: `invalid-request` if the answer would be too large or
 * nothing is kept of the beginning of the range; with the errors of the stores, and when aborted.
 */
export async function getQueryByAttribute(
  deps: AttributeQueryDeps,
  tenant: string,
  question: QueryQuestion,
  archived: HowFarArchived,
  signal: AbortSignal,
): Promise<QueryAnswer> {
  const { videoIds, eventTypes: types, where, by } = question
  const scope = { tenant, videoIds, types, where }
  const vouched = vouchedFrom(rangeRead(question), await deps.vouched())
  const coverage = await deps.rollups.readReconciled()
  const counted = await whileHeld(deps, { ...scope, by }, rangeRead(question), signal, async (held) => {
    const spans = heldSpans(question, held)
    const found = await countPeriods(deps, scope, question, held, spans, signal)
    const hiding = await hidingHours(deps, { ...scope, by }, held, wholeOf(spans), signal)
    return { held, spans, found, hiding }
  })
  const { spans, found, hiding } = counted
  const turns = queryTurns()
  const page =
    by === null
      ? await pageOfSeries(deps, tenant, question, spans, found, turns)
      : { rows: rowsBy(by, found, hiding, spans), after: null }
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

/** Fails with ProblemError `invalid-request` where something of the periods is not held. */
export function heldSpans(
  question: SpanQuestion & Pick<QueryQuestion, 'range' | 'cursor'>,
  held: Held,
): Spans {
  const asked = question.cursor?.range ?? question.range
  const { granularity } = question
  const first = held.firstMinute === null ? null : Math.max(held.firstMinute, held.lostBefore)
  const range = startedRange(asked, first)
  if (asked.from !== null && range.from < held.lostBefore) throw expired(held)
  if (asked.from === null && granularity !== null) checkLength(range, granularity)
  const lastRolledUp = held.rolledUpHours.at(-1)
  const rawFrom = lastRolledUp === undefined ? 0 : lastRolledUp + MINUTES_PER_HOUR
  const spans = spansOf(range, question, { minutesFrom: rawFrom, hoursFrom: 0, quartersFrom: rawFrom })
  if (spans.fault !== null) throw invalidRequest([spans.fault])
  const before = spans.previous?.range
  const isCut = before !== undefined && before.from < before.to && before.from < held.lostBefore
  if (isCut) throw expired(held, 'compare')
  return spans
}

export async function countPeriods(
  deps: BreakdownDeps,
  scope: EventScope,
  { by, limit, order, functions }: Pick<QueryQuestion, 'by' | 'limit' | 'order' | 'functions'>,
  held: Held,
  spans: Spans,
  signal: AbortSignal,
): Promise<CountedPeriods> {
  const { slots, previous } = spans
  const rowsMax = by === null ? scope.videoIds!.length * scope.types.length : limit
  const fault =
    by === null
      ? pointsFault(slots.length, rowsMax, 'videoIds × eventTypes')
      : pointsFault(slots.length, rowsMax + 1, '(limit + 1)')
  if (fault !== null) throw invalidRequest([fault])
  if (slots.length === 0) return { rows: [], other: null, unreadableHours: [] }
  const { from, to } = wholeOf(spans)
  const { attribute, rolledUpHours } = held
  const isRead = (hour: number) => hour >= from && hour < to
  const removed = await removedOf(deps, scope, from)
  const starts = slots.map((slot) => slot.from)
  return deps.archive.periods(
    {
      ...deps.inTime,
      scope: { ...scope, removed },
      ...{ from, to, by, rowsMax, starts },
      rankedFrom: previous?.slots.length ?? 0,
      order: orderOf(order, functions[0]!),
      rolledUp: { by: attribute, hours: rolledUpHours.filter(isRead) },
      settledHours: settledIn(held, { from, to }, removed, starts),
    },
    signal,
  )
}

/** Highest first by the first function, where nothing else is asked for. */
function orderOf(order: QueryQuestion['order'], first: StatFunction): PeriodsOrder {
  if (order?.by === BY_ATTRIBUTE) return { by: 'value', isDescending: order.isDescending }
  const by = order?.by ?? first
  const isOrder = (BREAKDOWN_ORDERS as readonly string[]).includes(by)
  // Of one range, rates and numbers since its beginning are in the order of counts.
  return { by: isOrder ? (by as BreakdownOrder) : 'count', isDescending: order?.isDescending ?? true }
}

/** One row for each value, and one of the rest. */
function rowsBy(by: string, { rows, other }: CountedPeriods, hiding: number, spans: Spans): SummedRow[] {
  const shown = rows.map(({ value, sums }) => summedRow({ attributes: { [by]: value } }, sums, spans))
  if (other === null) return shown
  return [...shown, summedRow({ attributes: { [by]: OTHER }, ...restOf(hiding) }, other, spans)]
}

async function pageOfSeries(
  { videos }: AttributeQueryDeps,
  tenant: string,
  question: QueryQuestion,
  spans: Spans,
  found: CountedPeriods,
  turns: Turns,
) {
  const series = seriesOf(tenant, question)
  const sums = new Map(found.rows.map((row) => [row.value, row.sums]))
  const none: readonly Aggregate[] = spans.slots.map(() => EMPTY)
  const readings = series.map((one) => ({ sums: sums.get(seriesRow(one)) ?? none }))
  const groups = await groupsOf({ videos }, series, question.groupBy)
  const rows = await summedGroups(groups, readings, spans, turns)
  const { limit, cursor, order } = question
  return pageOf(rows, order, spans.current.range, { limit, after: cursor?.after ?? null })
}
