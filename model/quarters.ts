// The quarters of an hour. Every time zone of today differs from UTC by whole quarters, so hours that hold their
// quarters can be cut for the days of any zone. Pure.
import { hourOf, MINUTES_PER_HOUR } from './bucket.ts'
import { type Aggregate, add, EMPTY } from './total.ts'

export const MINUTES_PER_QUARTER = 15
const PER_HOUR = MINUTES_PER_HOUR / MINUTES_PER_QUARTER

/** The totals of an hour's quarters, in order of time; they add up to the hour. */
export type Quarters = readonly [Aggregate, Aggregate, Aggregate, Aggregate]

export const EMPTY_QUARTERS: Quarters = [EMPTY, EMPTY, EMPTY, EMPTY]

export type CountedMinute = { readonly minute: number; readonly aggregate: Aggregate }

/** Adds what was counted in a minute to its quarter. */
export function addAt(quarters: Quarters, minute: number, aggregate: Aggregate): Quarters {
  const place = Math.floor((minute - hourOf(minute)) / MINUTES_PER_QUARTER)
  return quarters.with(place, add(quarters[place]!, aggregate)) as unknown as Quarters
}

/** Adds up minutes of one hour. */
export function quartersOf(minutes: Iterable<CountedMinute>): Quarters {
  let quarters = EMPTY_QUARTERS
  for (const { minute, aggregate } of minutes) quarters = addAt(quarters, minute, aggregate)
  return quarters
}

/** The quarters by their start, given the minute at which the hour begins. */
export function* startsOf(hour: number): Generator<{ readonly start: number; readonly place: number }> {
  for (let place = 0; place < PER_HOUR; place++) yield { start: hour + place * MINUTES_PER_QUARTER, place }
}
