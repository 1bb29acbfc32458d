// Counts events by row and period as far as they are held: periods ▸ rows of each.
import { invalidRequest, type QueryFault } from '../../../lib/http/parameters.ts'
import { MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import type { CountedPeriods, EventScope, PeriodsQuestion } from '../../../stores/archive/breakdowns.ts'
import { type SpanQuestion, type Spans, spansOf, wholeOf } from '../../query/plan/query-spans.ts'
import type { QueryQuestion } from '../../query/question/query-question.ts'
import { checkLength, startedRange } from '../../query/question/range.ts'
import { type BreakdownDeps, firstMinuteOf, removedOf } from './breakdown.ts'
import { expired, type Held, settledIn } from './held.ts'

export type HeldRows = Pick<PeriodsQuestion, 'rowsOf' | 'rowsMax' | 'order'> & {
  /** What is wrong where there would be too many values of so many periods. */
  readonly fault: (periods: number) => QueryFault | null
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

/** Fails with ProblemError `invalid-request` where there would be too many values, and when aborted. */
export async function countPeriods(
  deps: BreakdownDeps,
  scope: EventScope,
  { fault: faultOf, ...rows }: HeldRows,
  held: Held,
  spans: Spans,
  signal: AbortSignal,
): Promise<CountedPeriods> {
  const { slots, previous } = spans
  const fault = faultOf(slots.length)
  if (fault !== null) throw invalidRequest([fault])
  if (slots.length === 0) return { rows: [], other: null, unreadableHours: [] }
  const { from, to } = wholeOf(spans)
  const { attribute, rolledUpHours, knownFrom } = held
  if (from < knownFrom) throw new Error('Of the beginning of the periods it is not known what is held.')
  const isRead = (hour: number) => hour >= from && hour < to
  const removed = await removedOf(deps, scope, from)
  const starts = slots.map((slot) => slot.from)
  return deps.archive.periods(
    {
      ...deps.inTime,
      ...rows,
      scope: { ...scope, removed },
      ...{ from, to, starts },
      rankedFrom: previous?.slots.length ?? 0,
      rolledUp: { by: attribute, hours: rolledUpHours.filter(isRead) },
      settledHours: settledIn(held, { from, to }, removed, starts),
    },
    signal,
  )
}

/** Its minute, or its hour where nothing finer is held; without an event before `to` that is `to`. */
export async function firstEvent(
  deps: BreakdownDeps,
  scope: EventScope,
  held: Held,
  to: number,
  signal: AbortSignal,
): Promise<number> {
  const { lostBefore: from, attribute: by, rolledUpHours } = held
  const removed = await removedOf(deps, scope, from)
  const settledHours = settledIn(held, { from, to }, removed)
  const rows = { by, ofVideos: true, orderBy: 'count', rowsMax: 0 } as const
  const question = { ...deps.inTime, scope: { ...scope, removed }, from, to, ...rows }
  const hours = { rolledUpHours, settledHours }
  const found = await deps.archive.breakdown({ ...question, ...hours }, signal)
  return firstMinuteOf(deps, { ...question, ...hours }, found, signal)
}
