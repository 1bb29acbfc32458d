// getStats: one function over the events of one type of one video. This file is the order of the stages.
import type { Kept } from '../model/retention.ts'
import { type Aggregate, sumOf } from '../model/total.ts'
import type { QueryDeps } from './deps.ts'
import { evaluate, evaluateSeries, type Value } from './evaluate.ts'
import { type Meta, metaOf, progressOf } from './meta.ts'
import { invalidRequest } from './parameters.ts'
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

/** Fails with ProblemError: `invalid-request` where the series would be too long or too fine, `store-unavailable`. */
export async function getStats(
  deps: QueryDeps,
  tenant: string,
  question: StatsQuestion,
): Promise<StatsAnswer> {
  const progress = progressOf(deps)
  const counted = { tenant, videoId: question.videoId, type: question.eventType }
  const kept = deps.kept()
  const range = widened(await startOf(question, () => deps.counts.firstMinute(counted)), kept)
  const slots = slotsFor(range, question, kept)
  const { sums, stale } = await readSlots(deps.counts, counted, slots)
  return {
    videoId: question.videoId,
    eventType: question.eventType,
    function: question.fn,
    startTime: minuteText(range.from),
    endTime: minuteText(range.to),
    value: evaluate(question.fn, sumOf(sums), range),
    ...(question.series !== null && { series: pointsOf(question.fn, slots, sums) }),
    meta: metaOf(range, progress, stale),
  }
}

async function startOf({ range, series }: StatsQuestion, firstMinute: () => Promise<number | null>) {
  if (range.from !== null) return startedRange(range, null)
  const started = startedRange(range, await fromStore(firstMinute))
  if (series !== null) checkLength(started, series.granularity)
  return started
}

function slotsFor(range: MinuteRange, { series }: StatsQuestion, kept: Kept): readonly Slot[] {
  if (series === null) return wholeSlot(range)
  const slots = slotsOf(range, series.granularity, series.timeZone)
  const fault = finenessFault(slots, series, kept)
  if (fault !== null) throw invalidRequest([fault])
  return slots
}

function pointsOf(fn: StatFunction, slots: readonly Slot[], sums: readonly Aggregate[]): SeriesPoint[] {
  const values = evaluateSeries(fn, sums, slots)
  return slots.map(({ start, offsetMinutes }, at) => ({
    time: localMinuteText(start, offsetMinutes),
    value: values[at]!,
  }))
}
