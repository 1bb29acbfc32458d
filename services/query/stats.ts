// getStats: one function over the events of one type of one video. This file is the order of the stages.
import type { Kept } from '../model/retention.ts'
import { type Aggregate, sumOf } from '../model/total.ts'
import { Turns } from '../runtime/turns.ts'
import type { QueryDeps } from './deps.ts'
import { ALL_KEPT, isEmptyBefore } from './empty-past.ts'
import { evaluate, evaluateSeries, type Value } from './evaluate.ts'
import { type Meta, metaOf, progressOf } from './meta.ts'
import { invalidRequest, type QueryFault } from './parameters.ts'
import type { StatsQuestion } from './questions.ts'
import { checkLength, startedRange } from './range.ts'
import { fromStore, readSlots } from './read-slots.ts'
import { finenessFault, widened } from './retention.ts'
import { type Slot, slotsOf, wholeSlot } from './slots.ts'
import { localMinuteText, minuteText } from './time-text.ts'
import type { MinuteRange, StatFunction } from './vocabulary.ts'

type SeriesPoint = { readonly time: string; readonly value: Value }

export type StatsAnswer = {
  readonly videoId: string
  readonly eventType: string
  readonly function: StatFunction
  readonly startTime: string
  readonly endTime: string
  readonly value: Value
  readonly series?: readonly SeriesPoint[]
  readonly meta: Meta
}

/** Some milliseconds of arithmetic. */
const TURN_SLOTS_MAX = 2_000

/** Fails with ProblemError: `invalid-request` where the series would be too long or too fine, `store-unavailable`. */
export async function getStats(
  deps: QueryDeps,
  tenant: string,
  question: StatsQuestion,
): Promise<StatsAnswer> {
  const progress = progressOf(deps)
  const counted = { tenant, videoId: question.videoId, type: question.eventType }
  const asked = await startOf(question, () => deps.counts.firstMinute(counted))
  let cut = cutOf(asked, question, deps.kept())
  if (cut.fault !== null && (await isEmptyBefore(deps.counts, [counted], asked.to))) {
    cut = cutOf(asked, question, ALL_KEPT)
  }
  if (cut.fault !== null) throw invalidRequest([cut.fault])
  const { range, slots } = cut
  const turns = new Turns(TURN_SLOTS_MAX)
  await turns.after(slots.length)
  const reading = await readSlots(deps.counts, counted, slots)
  const { sums } = reading
  await turns.after(slots.length)
  return {
    videoId: question.videoId,
    eventType: question.eventType,
    function: question.fn,
    startTime: minuteText(range.from),
    endTime: minuteText(range.to),
    value: evaluate(question.fn, sumOf(sums), range),
    ...(question.series !== null && { series: pointsOf(question.fn, slots, sums) }),
    meta: metaOf(range, progress, reading),
  }
}

async function startOf({ range, series }: StatsQuestion, firstMinute: () => Promise<number | null>) {
  if (range.from !== null) return startedRange(range, null)
  const started = startedRange(range, await fromStore(firstMinute))
  if (series !== null) checkLength(started, series.granularity)
  return started
}

type Cut = {
  readonly range: MinuteRange
  readonly slots: readonly Slot[]
  readonly fault: QueryFault | null
}

function cutOf(asked: MinuteRange, { series }: StatsQuestion, kept: Kept): Cut {
  const range = widened(asked, kept)
  if (series === null) return { range, slots: wholeSlot(range), fault: null }
  const slots = slotsOf(range, series.granularity, series.timeZone)
  return { range, slots, fault: finenessFault(slots, series, kept) }
}

function pointsOf(fn: StatFunction, slots: readonly Slot[], sums: readonly Aggregate[]): SeriesPoint[] {
  const values = evaluateSeries(fn, sums, slots)
  return slots.map(({ start, offsetMinutes }, at) => ({
    time: localMinuteText(start, offsetMinutes),
    value: values[at]!,
  }))
}
