// The range of a query cut into periods, with those of the period before where the two are compared. Pure.
import type { QueryFault } from '../../../lib/http/parameters.ts'
import { localMinuteText } from '../../../lib/time-text.ts'
import type { QueryQuestion } from '../question/query-question.ts'
import { type MinuteRange, QUERY_LIMITS } from '../question/vocabulary.ts'
import { type Cut, coarser, cutOf } from './cut.ts'
import { previousRange } from './previous.ts'
import type { Fineness } from './retention.ts'

/** The start of each slot in local time. */
export type Span = Cut & { readonly times: readonly string[] }

export type SpanQuestion = Pick<QueryQuestion, 'granularity' | 'timeZone' | 'isCompared'>

/** For both periods together. */
export type Spans = Pick<Cut, 'slots' | 'coarse' | 'fault'> & {
  readonly current: Span
  readonly previous: Span | null
}

export function spansOf(asked: MinuteRange, question: SpanQuestion, kept: Fineness): Spans {
  const current = spanOf(asked, question, kept)
  const { isCompared, granularity, timeZone } = question
  if (!isCompared) return { ...current, current, previous: null }
  const before = previousRange(current.range, granularity, timeZone ?? 'UTC')
  const previous = spanOf(before, question, kept)
  return {
    current,
    previous,
    slots: [...previous.slots, ...current.slots], // the first ends where the second begins
    coarse: coarser(previous.coarse, current.coarse),
    fault: current.fault ?? ofPrevious(previous.fault),
  }
}

/** Both periods as one range. */
export function wholeOf({ current, previous }: Spans): MinuteRange {
  return { from: previous?.range.from ?? current.range.from, to: current.range.to }
}

/** A fault if there would be too many values: `rows` have one for each slot; `counted` says what they are made of. */
export function pointsFault(slots: number, rows: number, counted: string): QueryFault | null {
  const { pointsMax } = QUERY_LIMITS
  const points = rows * slots
  if (points <= pointsMax) return null
  const detail = `${counted} × periods, those compared with included, is ${points}: at most ${pointsMax}.`
  return { parameter: 'granularity', code: 'too_large', detail }
}

function spanOf(asked: MinuteRange, { granularity, timeZone }: SpanQuestion, kept: Fineness): Span {
  const cut = cutOf(asked, granularity === null ? null : { granularity, timeZone: timeZone ?? 'UTC' }, kept)
  return { ...cut, times: cut.slots.map(({ start, offsetMinutes }) => localMinuteText(start, offsetMinutes)) }
}

function ofPrevious(fault: QueryFault | null): QueryFault | null {
  if (fault === null) return null
  return { ...fault, parameter: 'compare', detail: `In the period before: ${fault.detail}` }
}
