// Many videos, types and functions in one question, in rows by what they are to be told apart by. This file is the
// order of the stages.
import type { Series } from '../model/bucket.ts'
import type { Kept } from '../model/retention.ts'
import { type Aggregate, sumOf } from '../model/total.ts'
import { mapBounded } from '../process/map-bounded.ts'
import { cursorText } from './cursor.ts'
import type { QueryDeps } from './deps.ts'
import { evaluate, evaluateSeries, type Value } from './evaluate.ts'
import { type Meta, metaOf, progressOf } from './meta.ts'
import { pageOf } from './page.ts'
import { invalidRequest, type QueryFault } from './parameters.ts'
import { planReads } from './plan.ts'
import { previousRange } from './previous.ts'
import type { QueryQuestion } from './query-question.ts'
import { checkLength, startedRange } from './range.ts'
import { fromStore, readSlots } from './read-slots.ts'
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
type Span = { readonly range: MinuteRange; readonly slots: readonly Slot[] }

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
  const kept = deps.kept()
  const range = widened(await rangeOf(deps, series, question), kept)
  const current = spanOf(range, question)
  const previous = question.isCompared ? previousOf(current, question, kept) : null
  const slots = [...(previous?.slots ?? []), ...current.slots] // the one ends where the other begins
  checkFineness(current, previous, question, kept)
  checkSize(slots, series.length)

  const groups = await groupsOf(deps, series, question.groupBy)
  const readings = await mapBounded(series, SERIES_IN_FLIGHT_MAX, (one) => readSlots(deps.counts, one, slots))
  const rows = groups.map(({ key, members }) => {
    const sums = slots.map((_, at) => sumOf(members.map((member) => readings[member]!.sums[at]!)))
    const [before, now] = split(sums, previous?.slots.length ?? 0)
    return { key, before, now, whole: sumOf(now) }
  })
  const { limit, cursor, order } = question
  const page = pageOf(rows, order, range, { limit, after: cursor?.after ?? null })
  const stale = readings.some((reading) => reading.stale)
  return {
    ...timesOf(range),
    ...zoneOf(question),
    rows: page.rows.map(({ key, before, now }) => ({
      ...key,
      ...courseOf(question, current, now),
      ...(previous !== null && {
        previous: { ...timesOf(previous.range), ...courseOf(question, previous, before) },
      }),
    })),
    ...(page.after !== null && { nextCursor: cursorText({ range, after: page.after }, question.digest) }),
    meta: metaOf({ from: previous?.range.from ?? range.from, to: range.to }, progress, stale),
  }
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
  const minutes = await mapBounded(series, SERIES_IN_FLIGHT_MAX, (one) =>
    fromStore(() => counts.firstMinute(one)),
  )
  const counted = minutes.filter((minute) => minute !== null)
  const started = startedRange(range, counted.length === 0 ? null : Math.min(...counted))
  if (granularity !== null) checkLength(started, granularity)
  return started
}

function spanOf(range: MinuteRange, { granularity, timeZone }: QueryQuestion): Span {
  if (granularity === null) return { range, slots: wholeSlot(range) }
  return { range, slots: slotsOf(range, granularity, timeZone ?? 'UTC') }
}

function previousOf({ range }: Span, question: QueryQuestion, kept: Kept): Span {
  const before = previousRange(range, question.granularity, question.timeZone ?? 'UTC')
  return spanOf(widened(before, kept), question)
}

function checkFineness(
  current: Span,
  previous: Span | null,
  { granularity, timeZone }: QueryQuestion,
  kept: Kept,
): void {
  if (granularity === null) return
  const cut = { granularity, timeZone: timeZone ?? 'UTC' }
  const fault = finenessFault(current.slots, cut, kept)
  if (fault !== null) throw invalidRequest([fault])
  const before = previous && finenessFault(previous.slots, cut, kept)
  if (before === null) return
  throw invalidRequest([
    { ...before, parameter: 'compare', detail: `Of the period before: ${before.detail}` },
  ])
}

function checkSize(slots: readonly Slot[], series: number): void {
  const { pointsMax, readsMax } = QUERY_LIMITS
  const faults: QueryFault[] = []
  const fault = (detail: string) => faults.push({ parameter: 'granularity', code: 'too_large', detail })
  const points = series * slots.length
  if (points > pointsMax) {
    fault(
      `videoIds × eventTypes × periods, those compared with included, is ${points}: at most ${pointsMax}.`,
    )
  }
  const reads = series * planReads(slots).length
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

function courseOf(
  { functions, granularity }: QueryQuestion,
  { range, slots }: Span,
  sums: readonly Aggregate[],
): Course {
  const whole = sumOf(sums)
  const values = valuesOf(functions, (fn) => evaluate(fn, whole, range))
  if (granularity === null) return { values }
  const courses = new Map(functions.map((fn) => [fn, evaluateSeries(fn, sums, slots)] as const))
  const series = slots.map(({ start, offsetMinutes }, at) => ({
    time: localMinuteText(start, offsetMinutes),
    values: valuesOf(functions, (fn) => courses.get(fn)![at]!),
  }))
  return { values, series }
}

function valuesOf(functions: readonly StatFunction[], evaluated: (fn: StatFunction) => Value): QueryValues {
  return Object.fromEntries(functions.map((fn) => [fn, evaluated(fn)] as const))
}
