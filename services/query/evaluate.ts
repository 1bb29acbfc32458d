// Turns an aggregate into the number that was asked for.
import type { Aggregate } from '../model/total.ts'
import { type ExactNumber, exactNumber } from './exact-number.ts'
import type { StatFunction } from './vocabulary.ts'

/**
 * Digits behind the point that decide an average's rounding, ties included, for sums below 2^90 over 2^53
 * values.
 */
const AVERAGE_DIGITS = 64n

/**
 * In the unit of the events' values. `count` and `sum` are exact, 0 where nothing was counted; `min` and
 * `max` are exact; `average` is the sum over the number of events that carried a value, rounded to the
 * nearest double. The last three are null where no event carried a value.
 */
export function evaluate(fn: StatFunction, aggregate: Aggregate): ExactNumber | null {
  switch (fn) {
    case 'count':
      return exactNumber(String(aggregate.count))
    case 'sum':
      return decimalOf(aggregate.sum)
    case 'average':
      return averageOf(aggregate)
    case 'min':
      return aggregate.min === null ? null : decimalOf(BigInt(aggregate.min))
    case 'max':
      return aggregate.max === null ? null : decimalOf(BigInt(aggregate.max))
  }
}

/** 1500n → '1.5', -5n → '-0.005'. */
function decimalOf(thousandths: bigint): ExactNumber {
  const sign = thousandths < 0n ? '-' : ''
  const digits = String(thousandths < 0n ? -thousandths : thousandths).padStart(4, '0')
  const fraction = digits.slice(-3).replace(/0+$/, '')
  return exactNumber(`${sign}${digits.slice(0, -3)}${fraction === '' ? '' : `.${fraction}`}`)
}

function averageOf({ sum, values }: Aggregate): ExactNumber | null {
  if (values === 0) return null
  const scaled = (sum * 10n ** AVERAGE_DIGITS) / (BigInt(values) * 1000n)
  return exactNumber(String(Number(`${scaled}e-${AVERAGE_DIGITS}`)))
}
