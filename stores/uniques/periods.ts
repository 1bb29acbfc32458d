// The sketches of hours are also merged into those of their days, so that a month is some thirty of them. Pure.
import { dayOf, MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../../model/bucket.ts'

/** The period of a stored sketch: the start of an hour or a day, in minutes since the epoch. */
export type SketchPeriod = { readonly resolution: 'hour' | 'day'; readonly start: number }

export function periodsOf(hour: number): readonly SketchPeriod[] {
  return [
    { resolution: 'hour', start: hour },
    { resolution: 'day', start: dayOf(hour) },
  ]
}

/** The fewest periods that cover [from, to), in order of time. */
export function coverOf(from: number, to: number): SketchPeriod[] {
  const periods: SketchPeriod[] = []
  for (let at = from; at < to; ) {
    const isDay = at === dayOf(at) && at + MINUTES_PER_DAY <= to
    periods.push({ resolution: isDay ? 'day' : 'hour', start: at })
    at += isDay ? MINUTES_PER_DAY : MINUTES_PER_HOUR
  }
  return periods
}
