// Breakdowns of the archive in memory. It counts as the port defines.
import { minuteOf, type Series } from '../model/bucket.ts'
import { type Aggregate, EMPTY, sumOf } from '../model/total.ts'
import type { RawEvent } from '../stores/archive/archive.ts'
import type { BreakdownOrder, BreakdownQuestion } from '../stores/archive/breakdowns.ts'

/** What the events of a series with one value of an attribute add up to. */
export type Value = {
  readonly series: Series
  readonly value: string
  readonly isOther: boolean
  readonly first: number
  readonly aggregate: Aggregate
}

/** The value of an attribute; without it ''. */
export function valueIn({ attributes }: RawEvent, by: string | null): string {
  const pairs: object = JSON.parse(attributes ?? '{}')
  return by !== null && Object.hasOwn(pairs, by) ? String(pairs[by as never]) : ''
}

/** All are of the series of the first. */
export function valuesOf(events: readonly RawEvent[], by: string | null): Value[] {
  return Array.from(
    Map.groupBy(events, (event) => valueIn(event, by)),
    ([value, some]) => ({
      ...{ series: some[0]!, value, isOther: false },
      first: Math.min(...some.map(({ timeMs }) => minuteOf(timeMs))),
      aggregate: sumOf(some.map(aggregateOf)),
    }),
  )
}

/** The most counted values of an hour, and one of all others. */
export function bounded(values: readonly Value[], hour: number, valuesMax: number): Value[] {
  const ordered = values.map((value) => ({ ...value, first: hour })).sort(inOrderOf('count'))
  const rest = ordered.slice(valuesMax)
  if (rest.length === 0) return ordered
  return [...ordered.slice(0, valuesMax), { ...rest[0]!, isOther: true, aggregate: sumOfValues(rest) }]
}

function sumOfValues(values: readonly Value[]): Aggregate {
  return sumOf(values.map(({ aggregate }) => aggregate))
}

export function brokenDown(values: readonly Value[], { orderBy, rowsMax }: BreakdownQuestion) {
  const named = values.filter(({ isOther }) => !isOther)
  const all = Array.from(Map.groupBy(named, ({ value }) => value).values(), (some) => ({
    ...some[0]!,
    aggregate: sumOfValues(some),
  })).sort(inOrderOf(orderBy))
  const rest = [...all.slice(rowsMax), ...values.filter(({ isOther }) => isOther)]
  return {
    rows: all.slice(0, rowsMax).map(({ value, aggregate }) => ({ value, aggregate })),
    other: rest.length === 0 ? null : sumOfValues(rest),
    firstMinute: values.length === 0 ? null : Math.min(...values.map(({ first }) => first)),
  }
}

function inOrderOf(orderBy: BreakdownOrder) {
  return (a: Value, b: Value) => {
    const [first, second] = [measureOf(a.aggregate, orderBy), measureOf(b.aggregate, orderBy)]
    return second - first || Buffer.compare(Buffer.from(a.value), Buffer.from(b.value))
  }
}

/** Close enough for few and small values. */
function measureOf({ count, values, sum, min, max }: Aggregate, orderBy: BreakdownOrder): number {
  const none = -Number.MAX_VALUE
  const measures = {
    count,
    sum: Number(sum),
    average: values === 0 ? none : Number(sum) / values,
    min: min ?? none,
    max: max ?? none,
  }
  return measures[orderBy]
}

export function aggregateOf({ valueThousandths: value }: RawEvent): Aggregate {
  if (value === null) return { ...EMPTY, count: 1 }
  return { count: 1, values: 1, sum: BigInt(value), min: value, max: value }
}
