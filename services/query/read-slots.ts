// Carries out a plan: reads the rows of one series and adds them up by slot.
import { ProblemError } from '../http/problem.ts'
import type { Series } from '../model/bucket.ts'
import { type Aggregate, add, EMPTY } from '../model/total.ts'
import type { CountReader, Period } from '../ports/counts.ts'
import { mapBounded } from './map-bounded.ts'
import { planReads, type Read } from './plan.ts'
import type { MinuteRange } from './vocabulary.ts'

/** One aggregate per slot. `stale`: at least one read may have missed durable writes. */
export type SlotSums = { readonly sums: readonly Aggregate[]; readonly stale: boolean }

const READS_IN_FLIGHT_MAX = 8
const RETRY_AFTER_S = '1'

/**
 * Sums a series over slots, which are in order and do not overlap. Fails with ProblemError
 * `store-unavailable`.
 */
export async function readSlots(
  counts: CountReader,
  series: Series,
  slots: readonly MinuteRange[],
): Promise<SlotSums> {
  const sums = slots.map(() => EMPTY)
  const readings = await mapBounded(planReads(slots), READS_IN_FLIGHT_MAX, async (read) => {
    const { periods, stale } = await fromStore(() => counts.read(series, read.range))
    for (const { start, aggregate } of wanted(periods, read)) {
      const at = slotAt(slots, start)
      sums[at] = add(sums[at]!, aggregate)
    }
    return stale
  })
  return { sums, stale: readings.includes(true) }
}

/** Asks the store; a rejection becomes the problem that tells the sender to come back. */
export async function fromStore<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw new ProblemError({
      type: 'store-unavailable',
      detail: 'The store of counts did not answer. Ask again.',
      headers: { 'retry-after': RETRY_AFTER_S },
      cause,
    })
  }
}

function* wanted(periods: readonly Period[], { parts }: Read): Generator<Period> {
  let at = 0
  for (const period of periods) {
    while (at < parts.length && parts[at]!.to <= period.start) at++
    if (at < parts.length && parts[at]!.from <= period.start) yield period
  }
}

/** The last slot that starts at or before the minute. */
function slotAt(slots: readonly MinuteRange[], minute: number): number {
  let low = 0
  let high = slots.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (slots[middle]!.from <= minute) low = middle
    else high = middle - 1
  }
  return low
}
