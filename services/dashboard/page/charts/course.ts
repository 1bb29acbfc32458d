// The numbers of a range through time, as a chart or a table draws them, with those that they are compared with. Pure.
import { type Comparison, type Granularity, yearBefore } from '../ranges/ranges.ts'

export type Course = {
  /** Where each period starts, epoch ms. */
  readonly times: readonly number[]
  readonly values: readonly (number | null)[]
  /** The values of the range that it is compared with, period by period; null without a comparison. */
  readonly previous: readonly (number | null)[] | null
  /** The last period has not ended yet: its value will grow. */
  readonly open: boolean
  /** The range begins within the first period. */
  readonly cut?: boolean
  /** Where the time axis starts and ends, epoch ms; by default at the first and last period. */
  readonly axis?: { readonly fromMs: number; readonly toMs: number }
}

export type Series = readonly { readonly time: string; readonly value: number | null }[]

export type Compared = {
  readonly comparison: Comparison
  /** Undefined if nothing so fine is kept of it. */
  readonly series: Series | undefined
}

export type CourseOptions = {
  readonly startMs: number | null
  readonly granularity: Granularity
  readonly zone: string
  readonly open: boolean
}

export function courseOf(series: Series, compared: Compared | null, options: CourseOptions): Course {
  const times = series.map(({ time }) => Date.parse(time))
  const { startMs, open } = options
  return {
    times,
    values: series.map(({ value }) => value),
    previous:
      compared?.series === undefined
        ? null
        : previousOf(times, compared.comparison, compared.series, options),
    open,
    cut: startMs !== null && times.length > 0 && times[0]! < startMs,
  }
}

/** A date of last year is found by its name, so that a 29 February shifts nothing; all else period by period. */
function previousOf(
  times: readonly number[],
  comparison: Comparison,
  series: Series,
  { granularity, zone }: CourseOptions,
): readonly (number | null)[] {
  if (comparison === 'previous' || granularity === 'P1M')
    return times.map((_, at) => series[at]?.value ?? null)
  const values = new Map(series.map(({ time, value }) => [Date.parse(time), value]))
  return times.map((time) => values.get(yearBefore(time, granularity, zone)) ?? null)
}
