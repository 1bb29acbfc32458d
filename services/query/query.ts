// Many videos, types and functions in one question, in rows by what they are to be told apart by. This file is the
// order of the stages.
import type { Series } from '../model/bucket.ts'
import type { Kept } from '../model/retention.ts'
import { type Aggregate, sumOf } from '../model/total.ts'
import { mapBounded } from '../runtime/map-bounded.ts'
import { Turns } from '../runtime/turns.ts'
import { cursorText } from './cursor.ts'
import type { QueryDeps } from './deps.ts'
import { ALL_KEPT, firstMinuteOf, isEmptyBefore } from './empty-past.ts'
import { evaluate, evaluateSeries, type Value } from './evaluate.ts'
import { type Meta, metaOf, oldestOf, progressOf } from './meta.ts'
import { pageOf } from './page.ts'
import { invalidRequest, type QueryFault } from './parameters.ts'
import { planReads } from './plan.ts'
import { previousRange } from './previous.ts'
import type { QueryQuestion } from './query-question.ts'
import { checkLength, startedRange } from './range.ts'
import { readSlots } from './read-slots.ts'
import { finenessFault, widened } from './retention.ts'
import { type GroupKey, groupsOf } from './row-groups.ts'
import { type Slot, slotsOf, wholeSlot } from './slots.ts'
import { localMinuteText, minuteText } from './time-text.ts'
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

/** A range, and the periods that it is cut into. */
type Span = {
  readonly range: MinuteRange
  readonly slots: readonly Slot[]
  /** When each slot starts, as the local clock shows it. */
  readonly times: readonly string[]
}

/** Some milliseconds of arithmetic, in values. */
const TURN_VALUES_MAX = 5_000

type SummedRow = {
  readonly key: GroupKey
  readonly before: readonly Aggregate[]
  readonly now: readonly Aggregate[]
  readonly whole: Aggregate
}

/** Of each, readSlots has some reads in flight. */
const SERIES_IN_FLIGHT_MAX = 8

/** Fails with ProblemError: `invalid-request` where the answer would be too large, `store-unavailable`. */
export async function getQuery(
  deps: QueryDeps,
  tenant: string,
  question: QueryQuestion,
): Promise<QueryAnswer> {
  const progress = progressOf(deps)
  const series = seriesOf(tenant, question)
  const asked = await rangeOf(deps, series, question)
  let spans = spansOf(asked, question, deps.kept())
  if (spans.fault !== null && (await isEmptyBefore(deps.counts, series, asked.to))) {
    spans = spansOf(asked, question, ALL_KEPT)
  }
  if (spans.fault !== null) throw invalidRequest([spans.fault])
  const { current, previous } = spans
  const { range } = current
  const slots = [...(previous?.slots ?? []), ...current.slots] // the one ends where the other begins
  const turns = new Turns(TURN_VALUES_MAX)
  await turns.after(slots.length)
  const reads = planReads(slots)
  await turns.after(slots.length)
  checkSize(slots.length, reads.length, series.length)

  const groups = await groupsOf(deps, series, question.groupBy)
  const readings = await mapBounded(series, SERIES_IN_FLIGHT_MAX, async (one) => {
    await turns.after(slots.length)
    return readSlots(deps.counts, one, slots, reads)
  })
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
    meta: metaOf({ from: previous?.range.from ?? range.from, to: range.to }, progress, oldestOf(readings)),
  }
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

/** From the first minute that any of the series counts, where no start is given. */
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

function spanOf(range: MinuteRange, { granularity, timeZone }: QueryQuestion): Span {
  const slots = granularity === null ? wholeSlot(range) : slotsOf(range, granularity, timeZone ?? 'UTC')
  return {
    range,
    slots,
    times: slots.map(({ start, offsetMinutes }) => localMinuteText(start, offsetMinutes)),
  }
}

function previousOf({ range }: Span, question: QueryQuestion, kept: Kept): Span {
  const before = previousRange(range, question.granularity, question.timeZone ?? 'UTC')
  return spanOf(widened(before, kept), question)
}

function spansOf(asked: MinuteRange, question: QueryQuestion, kept: Kept) {
  const current = spanOf(widened(asked, kept), question)
  const previous = question.isCompared ? previousOf(current, question, kept) : null
  return { current, previous, fault: finenessOf(current, previous, question, kept) }
}

function finenessOf(
  current: Span,
  previous: Span | null,
  { granularity, timeZone }: QueryQuestion,
  kept: Kept,
): QueryFault | null {
  if (granularity === null) return null
  const cut = { granularity, timeZone: timeZone ?? 'UTC' }
  const fault = finenessFault(current.slots, cut, kept)
  if (fault !== null) return fault
  const before = previous && finenessFault(previous.slots, cut, kept)
  if (before === null) return null
  return { ...before, parameter: 'compare', detail: `Of the period before: ${before.detail}` }
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
