// Carries out a plan: reads the rows of one series and adds them up by slot.
import { ProblemError } from '../http/problem.ts'
import type { Series } from '../model/bucket.ts'
import { type Aggregate, add, EMPTY } from '../model/total.ts'
import type { CountReader, Period } from '../ports/counts.ts'
import { mapBounded } from '../runtime/map-bounded.ts'
import { planReads, type Read } from './plan.ts'
import type { MinuteRange } from './vocabulary.ts'

/**
 * One aggregate per slot. `stale`: at least one read may have missed durable writes; then the sums hold what the log
 * had taken by `asOfMs`, infinite where no read says.
 */
export type SlotSums = {
  readonly sums: readonly Aggregate[]
  readonly stale: boolean
  readonly asOfMs: number
}

const READS_IN_FLIGHT_MAX = 8

/**
 * Sums a series over slots, which are in order and do not overlap; `reads` is their plan. Fails with ProblemError
 * `store-unavailable`.
 */
export async function readSlots(
  counts: CountReader,
  series: Series,
  slots: readonly MinuteRange[],
  reads: readonly Read[] = planReads(slots),
): Promise<SlotSums> {
  const sums = slots.map(() => EMPTY)
  const readings = await mapBounded(reads, READS_IN_FLIGHT_MAX, async (read) => {
    const { periods, ...reading } = await fromStore(() => counts.read(series, read.range))
    addRows(sums, slots, periods, read)
    return reading
  })
  return {
    sums,
    stale: readings.some(({ stale }) => stale),
    asOfMs: readings.reduce(
      (least, { asOfMs }) => Math.min(least, asOfMs ?? least),
      Number.POSITIVE_INFINITY,
    ),
  }
}

/** Asks the store; a rejection becomes the problem that tells the sender to come back. */
export async function fromStore<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw new ProblemError({
      type: 'store-unavailable',
      detail: 'The store of counts did not answer. Ask again.',
      cause,
    })
  }
}

/** Adds the wanted rows to the sums of their slots; all of these are in order. */
function addRows(
  sums: Aggregate[],
  slots: readonly MinuteRange[],
  periods: readonly Period[],
  { parts }: Read,
): void {
  let part = 0
  let slot = slotAt(slots, parts[0]!.from)
  for (const { start, aggregate } of periods) {
    while (part < parts.length && parts[part]!.to <= start) part++
    if (part === parts.length) return
    if (start < parts[part]!.from) continue
    while (slots[slot]!.to <= start) slot++
    sums[slot] = add(sums[slot]!, aggregate)
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
