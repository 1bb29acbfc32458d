// The periods of a stored hour for a read by quarters of an hour. Pure.
import { MINUTES_PER_HOUR } from '../../model/bucket.ts'
import { type Quarters, startsOf } from '../../model/quarters.ts'
import { type Aggregate, EMPTY, isSame } from '../../model/total.ts'
import type { Period, PeriodRange } from './counts.ts'

/**
 * The periods of an hour that lie in the range: at least one, so that the caller sees that the hour was read even if
 * it holds nothing there. Without quarters it is the whole hour.
 */
export function quarterPeriods(
  hour: number,
  aggregate: Aggregate,
  quarters: Quarters | null,
  { from, to }: Pick<PeriodRange, 'from' | 'to'>,
): Period[] {
  if (hour >= to || hour + MINUTES_PER_HOUR <= from) return []
  const asked = Array.from(startsOf(hour)).filter(({ start }) => start >= from && start < to)
  const nothing = { start: asked[0]!.start, aggregate: EMPTY }
  if (quarters === null)
    return isSame(aggregate, EMPTY) ? [nothing] : [{ start: hour, aggregate, isWholeHour: true }]
  const periods = asked.map(({ start, place }) => ({ start, aggregate: quarters[place]! }))
  const counted = periods.filter((period) => !isSame(period.aggregate, EMPTY))
  return counted.length === 0 ? [nothing] : counted
}
