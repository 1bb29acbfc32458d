// Many videos, types and functions in one question, in rows grouped by the asked dimensions. This file shows the
// order of the stages.

import { invalidRequest, type QueryFault } from '../../lib/http/parameters.ts'
import { mapBounded } from '../../lib/map-bounded.ts'
import { localMinuteText, minuteText } from '../../lib/time-text.ts'
import { Turns } from '../../lib/turns.ts'
import type { Series } from '../../model/bucket.ts'
import { type Aggregate, sumOf } from '../../model/total.ts'
import { oldestOf } from './age.ts'
import { cursorText } from './cursor.ts'
import { type Cut, coarser, cutOf, isLacking } from './cut.ts'
import type { QueryDeps } from './deps.ts'
import { ALL_KEPT, firstMinuteOf, isEmptyBefore } from './empty-past.ts'
import { evaluate, evaluateSeries, type Value } from './evaluate.ts'
import { type Meta, metaOf, progressOf } from './meta.ts'
import { planReads } from './plan.ts'
import { previousRange } from './previous.ts'
import type { QueryQuestion } from './query-question.ts'
import { checkLength, startedRange } from './range.ts'
import { lastUncut, readSlots, type SlotSums } from './read-slots.ts'
import { pageOf } from './result-page.ts'
import type { Fineness } from './retention.ts'
import { type GroupKey, groupsOf } from './row-groups.ts'
import { type Granularity, type MinuteRange, QUERY_LIMITS, type StatFunction } from './vocabulary.ts'

type QueryValues = Readonly<Partial<Record<StatFunction, Value>>>

type Course = {
  readonly values: QueryValues
  readonly series?: readonly { readonly time: string; readonly values: QueryValues }[]
}

export type QueryRow = GroupKey &
  Course & { readonly previous?: Course & { readonly startTime: string; readonly endTime: string } }

export type QueryAnswer = {
  readonly startTime: string
  readonly endTime: string
  readonly granularity?: Granularity
  readonly timeZone?: string
  readonly rows: readonly QueryRow[]
  readonly nextCursor?: string
  readonly meta: Meta
}

/** The start of each slot in local time. */
type Span = Cut & { readonly times: readonly string[] }

/** For both periods together. */
type Spans = Pick<Cut, 'slots' | 'coarse' | 'fault'> & {
  readonly current: Span
  readonly previous: Span | null
}

/** A few milliseconds of arithmetic, in values. */
const TURN_VALUES_MAX = 5_000

type SummedRow = {
  readonly key: GroupKey
  readonly before: readonly Aggregate[]
  readonly now: readonly Aggregate[]
  readonly whole: Aggregate
}

/** For each of them, readSlots has several reads in flight. */
const SERIES_IN_FLIGHT_MAX = 8

/** Fails with ProblemError: `invalid-request` if the answer would be too large, `store-unavailable`. */
export async function getQuery(
  deps: QueryDeps,
  tenant: string,
  question: QueryQuestion,
): Promise<QueryAnswer> {
  const progress = progressOf(deps)
  const series = seriesOf(tenant, question)
  const asked = await rangeOf(deps, series, question)
  const kept = deps.kept()
  let spans = spansOf(asked, question, kept)
  if (isLacking(spans) && (await isEmptyBefore(deps.counts, series, asked.to))) {
    spans = spansOf(asked, question, ALL_KEPT)
  }
  const turns = new Turns(TURN_VALUES_MAX)
  let readings = await readAll(deps, series, spans, turns)
  const uncutTo = lastUncut(readings)
  if (uncutTo !== null) {
    spans = spansOf(asked, question, { ...kept, quartersFrom: uncutTo })
    readings = await readAll(deps, series, spans, turns)
  }
  const groups = await groupsOf(deps, series, question.groupBy)
  const { current, previous, slots } = spans
  const { range } = current
  const rows: SummedRow[] = []
  for (const { key, members } of groups) {
    const sums = slots.map((_, at) => sumOf(members.map((member) => readings[member]!.sums[at]!)))
    const [before, now] = split(sums, previous?.slots.length ?? 0)
    rows.push({ key, before, now, whole: sumOf(now) })
    await turns.after(slots.length * members.length)
  }
  const { limit, cursor, order } = question
  const page = pageOf(rows, order, range, { limit, after: cursor?.after ?? null })
  return {
    ...timesOf(range),
    ...zoneOf(question),
    rows: await rowsOf(page.rows, question, current, previous, turns),
    ...(page.after !== null && { nextCursor: cursorText({ range, after: page.after }, question.digest) }),
    meta: metaOf(
      { from: previous?.range.from ?? range.from, to: range.to },
      progress,
      oldestOf(readings),
      spans.coarse,
    ),
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
  checkSize(slots.length, reads.length, series.length)
  return mapBounded(series, SERIES_IN_FLIGHT_MAX, async (one) => {
    await turns.after(slots.length)
    return readSlots(counts, one, slots, reads)
  })
}

async function rowsOf(
  summed: readonly SummedRow[],
  question: QueryQuestion,
  current: Span,
  previous: Span | null,
  turns: Turns,
): Promise<QueryRow[]> {
  const rows: QueryRow[] = []
  for (const { key, before, now } of summed) {
    const course = await courseOf(question, current, now, turns)
    const row = { ...key, ...course }
    if (previous === null) rows.push(row)
    else {
      const earlier = await courseOf(question, previous, before, turns)
      rows.push({ ...row, previous: { ...timesOf(previous.range), ...earlier } })
    }
  }
  return rows
}

function seriesOf(tenant: string, { videoIds, eventTypes }: QueryQuestion): Series[] {
  return videoIds.flatMap((videoId) => eventTypes.map((type) => ({ tenant, videoId, type })))
}

/** The asked range; without a start, from the first minute that any of the series counts. */
async function rangeOf(
  { counts }: QueryDeps,
  series: readonly Series[],
  { range, cursor, granularity }: QueryQuestion,
): Promise<MinuteRange> {
  if (cursor !== null) return cursor.range
  if (range.from !== null) return startedRange(range, null)
  const started = startedRange(range, await firstMinuteOf(counts, series))
  if (granularity !== null) checkLength(started, granularity)
  return started
}

function spanOf(asked: MinuteRange, { granularity, timeZone }: QueryQuestion, kept: Fineness): Span {
  const cut = cutOf(asked, granularity === null ? null : { granularity, timeZone: timeZone ?? 'UTC' }, kept)
  return { ...cut, times: cut.slots.map(({ start, offsetMinutes }) => localMinuteText(start, offsetMinutes)) }
}

function spansOf(asked: MinuteRange, question: QueryQuestion, kept: Fineness): Spans {
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

function ofPrevious(fault: QueryFault | null): QueryFault | null {
  if (fault === null) return null
  return { ...fault, parameter: 'compare', detail: `In the period before: ${fault.detail}` }
}

function checkSize(slots: number, readsOfOne: number, series: number): void {
  const { pointsMax, readsMax } = QUERY_LIMITS
  const faults: QueryFault[] = []
  const fault = (detail: string) => faults.push({ parameter: 'granularity', code: 'too_large', detail })
  const points = series * slots
  if (points > pointsMax) {
    fault(
      `videoIds × eventTypes × periods, those compared with included, is ${points}: at most ${pointsMax}.`,
    )
  }
  const reads = series * readsOfOne
  if (reads > readsMax) {
    fault(
      `To cut these ranges takes ${reads} reads of the counts: at most ${readsMax}. Ask for less time, or UTC.`,
    )
  }
  if (faults.length > 0) throw invalidRequest(faults)
}

function split<T>(items: readonly T[], at: number): [readonly T[], readonly T[]] {
  return [items.slice(0, at), items.slice(at)]
}

function timesOf({ from, to }: MinuteRange) {
  return { startTime: minuteText(from), endTime: minuteText(to) }
}

function zoneOf({ granularity, timeZone }: QueryQuestion): Pick<QueryAnswer, 'granularity' | 'timeZone'> {
  if (granularity !== null) return { granularity, timeZone: timeZone ?? 'UTC' }
  return timeZone === null ? {} : { timeZone }
}

async function courseOf(
  { functions, granularity }: QueryQuestion,
  { range, slots, times }: Span,
  sums: readonly Aggregate[],
  turns: Turns,
): Promise<Course> {
  const whole = sumOf(sums)
  const values = valuesOf(functions, (fn) => evaluate(fn, whole, range))
  if (granularity === null) return { values }
  const courses = new Map<StatFunction, readonly Value[]>()
  for (const fn of functions) {
    courses.set(fn, evaluateSeries(fn, sums, slots))
    await turns.after(slots.length)
  }
  const series = []
  for (const [at, time] of times.entries()) {
    series.push({ time, values: valuesOf(functions, (fn) => courses.get(fn)![at]!) })
    await turns.after(functions.length)
  }
  return { values, series }
}

function valuesOf(functions: readonly StatFunction[], evaluated: (fn: StatFunction) => Value): QueryValues {
  return Object.fromEntries(functions.map((fn) => [fn, evaluated(fn)] as const))
}
