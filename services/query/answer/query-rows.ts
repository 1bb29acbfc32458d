// The rows of an answer to a query: what was summed becomes the asked functions, in turns that let others work.
import { minuteText } from '../../../lib/time-text.ts'
import { Turns } from '../../../lib/turns.ts'
import { type Aggregate, sumOf } from '../../../model/total.ts'
import type { Span, Spans } from '../plan/query-spans.ts'
import type { QueryQuestion } from '../question/query-question.ts'
import type { MinuteRange, StatFunction } from '../question/vocabulary.ts'
import type { Group, GroupKey } from '../read/row-groups.ts'
import { evaluate, evaluateSeries, type Value } from './evaluate.ts'

type QueryValues = Readonly<Partial<Record<StatFunction, Value>>>

type Course = {
  readonly values: QueryValues
  readonly series?: readonly { readonly time: string; readonly values: QueryValues }[]
}

export type QueryRow = GroupKey &
  Course & { readonly previous?: Course & { readonly startTime: string; readonly endTime: string } }

export type SummedRow = {
  readonly key: GroupKey
  readonly before: readonly Aggregate[]
  readonly now: readonly Aggregate[]
  readonly whole: Aggregate
}

/** A few milliseconds of arithmetic, in values. */
const TURN_VALUES_MAX = 5_000

export function queryTurns(): Turns {
  return new Turns(TURN_VALUES_MAX)
}

/** What groups of series add up to; `readings` has the sums of each series by slot. */
export async function summedGroups(
  groups: readonly Group[],
  readings: readonly { readonly sums: readonly Aggregate[] }[],
  spans: Spans,
  turns: Turns,
): Promise<SummedRow[]> {
  const rows: SummedRow[] = []
  for (const { key, members } of groups) {
    const sums = spans.slots.map((_, at) => sumOf(members.map((member) => readings[member]!.sums[at]!)))
    rows.push(summedRow(key, sums, spans))
    await turns.after(spans.slots.length * members.length)
  }
  return rows
}

/** `sums` has one for each slot. */
export function summedRow(key: GroupKey, sums: readonly Aggregate[], { previous }: Spans): SummedRow {
  const start = previous?.slots.length ?? 0
  const now = sums.slice(start)
  return { key, before: sums.slice(0, start), now, whole: sumOf(now) }
}

export async function rowsOf(
  summed: readonly SummedRow[],
  question: QueryQuestion,
  { current, previous }: Spans,
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

export function timesOf({ from, to }: MinuteRange) {
  return { startTime: minuteText(from), endTime: minuteText(to) }
}

export function zoneOf({ granularity, timeZone }: QueryQuestion) {
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
