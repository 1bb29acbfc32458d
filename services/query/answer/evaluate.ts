// Turns an aggregate into the number that was asked for.

import { type ExactNumber, exactNumber } from '../../../lib/exact-number.ts'
import { type Aggregate, add, EMPTY } from '../../../model/total.ts'
import type { MinuteRange, StatFunction } from '../question/vocabulary.ts'

export type Value = ExactNumber | null

/** How many decimal places decide the rounding of an average, ties included, for sums below 2^90 over 2^53 values. */
const AVERAGE_DIGITS = 64n

/**
 * In the unit of the events' values. `count` and `sum` are exact, 0 where nothing was counted; `min` and
 * `max` are exact; `average` is the sum over the number of events that carried a value, rounded to the
 * nearest double. The last three are null where no event carried a value. `rate` is the count over the minutes of the
 * range, rounded likewise, and null where it has none.
 */
export function evaluate(fn: StatFunction, aggregate: Aggregate, { from, to }: MinuteRange): Value {
  switch (fn) {
    case 'count':
    case 'cumulative':
      return exactNumber(String(aggregate.count))
    case 'sum':
      return decimalOf(aggregate.sum)
    case 'average':
      return averageOf(aggregate)
    case 'min':
      return aggregate.values === 0 || aggregate.min === null ? null : decimalOf(BigInt(aggregate.min))
    case 'max':
      return aggregate.values === 0 || aggregate.max === null ? null : decimalOf(BigInt(aggregate.max))
    case 'rate':
      return from < to ? exactNumber(String(aggregate.count / (to - from))) : null
  }
}

/** One value per slot: of the slot alone, or, for a cumulative function, of all slots up to it. */
export function evaluateSeries(
  fn: StatFunction,
  sums: readonly Aggregate[],
  slots: readonly MinuteRange[],
): Value[] {
  let running = EMPTY
  return slots.map((slot, at) => {
    running = add(running, sums[at]!)
    return evaluate(fn, fn === 'cumulative' ? running : sums[at]!, slot)
  })
}

/** 1500n → '1.5', -5n → '-0.005'. */
function decimalOf(thousandths: bigint): ExactNumber {
  const sign = thousandths < 0n ? '-' : ''
  const digits = String(thousandths < 0n ? -thousandths : thousandths).padStart(4, '0')
  const fraction = digits.slice(-3).replace(/0+$/, '')
  return exactNumber(`${sign}${digits.slice(0, -3)}${fraction === '' ? '' : `.${fraction}`}`)
}

function averageOf({ sum, values }: Aggregate): Value {
  if (values === 0) return null
  const scaled = (sum * 10n ** AVERAGE_DIGITS) / (BigInt(values) * 1000n)
  return exactNumber(String(Number(`${scaled}e-${AVERAGE_DIGITS}`)))
}
