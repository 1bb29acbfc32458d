// Breakdowns of the archive in memory. It counts as the port defines.

import { MINUTES_PER_HOUR, minuteOf, type Series } from '../model/bucket.ts'
import { isProbe } from '../model/probe.ts'
import { seriesText } from '../model/series-text.ts'
import { type Aggregate, EMPTY, sumOf } from '../model/total.ts'
import type { RawEvent } from '../stores/archive/archive.ts'
import {
  type BreakdownOrder,
  type BreakdownQuestion,
  type EventScope,
  type PeriodsQuestion,
  type RolledUp,
  seriesRow,
} from '../stores/archive/breakdowns.ts'

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

/**
 * What is rolled up of some hours, as a whole, and the hours of which nothing is.
 * @param rolledUp attribute → hour → values
 */
export function keptOf(
  rolledUp: ReadonlyMap<string, ReadonlyMap<number, readonly Value[]>>,
  scope: EventScope,
  { by, hours }: RolledUp,
) {
  const ofHours = hours.map((hour) => ({ hour, values: rolledUp.get(by)?.get(hour) }))
  const wanted = Object.hasOwn(scope.where ?? {}, by) ? scope.where![by]! : undefined
  const kept = ofHours.flatMap(({ hour, values = [] }) =>
    values.filter(({ series, value, isOther }) => {
      const isRemoved = scope.removed?.some(
        ({ videoId, beforeMinute }) => series.videoId === videoId && hour + MINUTES_PER_HOUR <= beforeMinute,
      )
      const isWanted = wanted === undefined || (!isOther && wanted.includes(value))
      return isInScope(series, scope) && isWanted && !isRemoved
    }),
  )
  const unreadableHours = ofHours.filter(({ values }) => values === undefined).map(({ hour }) => hour)
  return { kept, unreadableHours }
}

/** Whether one of the wanted values of a series, or any where none is named, may be among its others in an hour. */
export function hides(ofHour: readonly Value[], scope: EventScope, by: string): boolean {
  const wanted = scope.where?.[by] ?? null
  const values = ofHour.filter(({ series }) => isInScope(series, scope))
  return Array.from(Map.groupBy(values, ({ series }) => seriesText(series)).values()).some((some) => {
    const hasOthers = some.some(({ isOther }) => isOther)
    if (wanted === null) return hasOthers
    const named = some.filter(({ isOther, value }) => !isOther && wanted.includes(value))
    return hasOthers && named.length < wanted.length
  })
}

export function isInScope(series: Series, { tenant, videoIds, types }: EventScope): boolean {
  const isAsked = videoIds === null ? !isProbe(series) : videoIds.includes(series.videoId)
  return isAsked && series.tenant === tenant && types.includes(series.type)
}

export function brokenDown(all: readonly Value[], { ofVideos = false, ...question }: BreakdownQuestion) {
  const { orderBy, rowsMax } = question
  const videoOf = (value: Value) => ({ ...value, value: value.series.videoId, isOther: false })
  const values = ofVideos ? all.map(videoOf) : all
  const named = values.filter(({ isOther }) => !isOther)
  const ranked = Array.from(Map.groupBy(named, ({ value }) => value).values(), (some) => ({
    ...some[0]!,
    aggregate: sumOfValues(some),
  })).sort(inOrderOf(orderBy))
  const rest = [...ranked.slice(rowsMax), ...values.filter(({ isOther }) => isOther)]
  return {
    rows: ranked.slice(0, rowsMax).map(({ value, aggregate }) => ({ value, aggregate })),
    other: rest.length === 0 ? null : sumOfValues(rest),
    firstMinute: values.length === 0 ? null : Math.min(...values.map(({ first }) => first)),
  }
}

const nameIn = {
  series: seriesRow,
  video: ({ videoId }: Series) => videoId,
  type: ({ type }: Series) => type,
}

export function countedPeriods(values: readonly Value[], question: PeriodsQuestion) {
  const { rowsOf, starts, rankedFrom, order, rowsMax } = question
  const nameOf = ({ series, value }: Value) => (typeof rowsOf === 'string' ? nameIn[rowsOf](series) : value)
  const isNamed = ({ isOther }: Value) => typeof rowsOf === 'string' || !isOther
  const sumsOf = (some: readonly Value[]) =>
    starts.map((start, i) => {
      const end = starts[i + 1] ?? Number.POSITIVE_INFINITY
      return sumOfValues(some.filter(({ first }) => first >= start && first < end))
    })
  const named = Array.from(Map.groupBy(values.filter(isNamed), nameOf), ([value, some]) => {
    const sums = sumsOf(some)
    return { value, some, sums, aggregate: sumOf(sums.slice(rankedFrom)) }
  })
  const inOrder = order.by === 'value' ? inOrderOfValue(order) : inOrderOf(order.by, order.isDescending)
  const isEmpty = (row: Ranked) => Number(row.aggregate.count === 0)
  const shown = named.sort((a, b) => isEmpty(a) - isEmpty(b) || inOrder(a, b)).slice(0, rowsMax)
  const rest = named.filter((row) => !shown.includes(row)).flatMap(({ some }) => some)
  const others = [...rest, ...values.filter((value) => !isNamed(value))]
  return {
    rows: shown.map(({ value, sums }) => ({ value, sums })),
    other: others.length === 0 ? null : sumsOf(others),
  }
}

function inOrderOfValue({ isDescending }: PeriodsQuestion['order']) {
  return (a: { readonly value: string }, b: { readonly value: string }) =>
    (isDescending ? -1 : 1) * Buffer.compare(Buffer.from(a.value), Buffer.from(b.value))
}

type Ranked = Pick<Value, 'value' | 'aggregate'>

function inOrderOf(orderBy: BreakdownOrder, isDescending = true) {
  return (a: Ranked, b: Ranked) => {
    const [first, second] = [measureOf(a.aggregate, orderBy), measureOf(b.aggregate, orderBy)]
    const [hasNone, hasNoneToo] = [first === NONE, second === NONE]
    const byMeasure = hasNone || hasNoneToo || isDescending ? second - first : first - second
    return byMeasure || Buffer.compare(Buffer.from(a.value), Buffer.from(b.value))
  }
}

const NONE = -Number.MAX_VALUE

/** Close enough for few and small values. */
function measureOf({ count, values, sum, min, max }: Aggregate, orderBy: BreakdownOrder): number {
  const measures = {
    count,
    sum: Number(sum),
    average: values === 0 ? NONE : Number(sum) / values,
    min: min ?? NONE,
    max: max ?? NONE,
  }
  return measures[orderBy]
}

export function aggregateOf({ valueThousandths: value }: RawEvent): Aggregate {
  if (value === null) return { ...EMPTY, count: 1 }
  return { count: 1, values: 1, sum: BigInt(value), min: value, max: value }
}
