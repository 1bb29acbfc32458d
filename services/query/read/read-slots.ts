// Carries out a plan: reads the rows of one series and adds them up by slot.
import { ProblemError } from '../../../lib/http/problem.ts'
import { mapBounded } from '../../../lib/map-bounded.ts'
import { MINUTES_PER_HOUR, type Series } from '../../../model/bucket.ts'
import { type Aggregate, add, EMPTY, withoutLost } from '../../../model/total.ts'
import type { CountReader, Period } from '../../../stores/counts/counts.ts'
import { planReads, type Read } from '../plan/plan.ts'
import type { MinuteRange } from '../question/vocabulary.ts'
import { type Age, oldestOf } from './age.ts'

/** One aggregate per slot. */
export type SlotSums = Age & {
  readonly sums: readonly Aggregate[]
  /**
   * The end of the last hour that a slot boundary divides but whose quarters are unknown: the whole hour is added to
   * the first slot, and callers that report this cut the slots again. Null if there is none.
   */
  readonly uncutTo: number | null
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
  let uncutTo: number | null = null
  const readings = await mapBounded(reads, READS_IN_FLIGHT_MAX, async (read) => {
    const { periods, ...reading } = await fromStore(() => counts.read(series, read.range))
    const uncut = addRows(sums, slots, periods, read)
    if (uncut.length > 0) uncutTo = Math.max(uncutTo ?? 0, uncut.at(-1)!.start + MINUTES_PER_HOUR)
    return reading
  })
  return { sums, uncutTo, ...oldestOf(readings) }
}

/** Calls the store; a rejection becomes the problem that asks the sender to retry. */
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

/**
 * Adds the wanted rows to the sums of their slots; both are in order. Returns the hours that would have to be
 * divided.
 */
function addRows(
  sums: Aggregate[],
  slots: readonly MinuteRange[],
  periods: readonly Period[],
  { parts }: Read,
): Period[] {
  const uncut: Period[] = []
  let part = 0
  let slot = slotAt(slots, parts[0]!.from)
  for (const period of periods) {
    const { start, aggregate } = period
    while (part < parts.length && parts[part]!.to <= start) part++
    if (part === parts.length) return uncut
    const { from, to } = parts[part]!
    const isUncut = period.isWholeHour && start + MINUTES_PER_HOUR > (start >= from ? to : from)
    if (isUncut) uncut.push(period)
    else if (start < from) continue
    while (slots[slot]!.to <= Math.max(start, from)) slot++
    sums[slot] = add(sums[slot]!, withoutLost(aggregate))
  }
  return uncut
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

/** The end of the last hour that any of the readings could not divide; null if all could. */
export function lastUncut(readings: readonly SlotSums[]): number | null {
  return readings.reduce<number | null>((last, { uncutTo }) => {
    return last === null || uncutTo === null ? (uncutTo ?? last) : Math.max(last, uncutTo)
  }, null)
}
