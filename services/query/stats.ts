// getStats: one function over the events of one type of one video. This file shows the order of the stages.

import { invalidRequest } from '../../lib/http/parameters.ts'
import { localMinuteText, minuteText } from '../../lib/time-text.ts'
import { Turns } from '../../lib/turns.ts'
import type { Series } from '../../model/bucket.ts'
import { type Aggregate, sumOf } from '../../model/total.ts'
import { evaluate, evaluateSeries, type Value } from './answer/evaluate.ts'
import { type Meta, metaOf, progressOf } from './answer/meta.ts'
import type { CountDeps } from './deps.ts'
import { type Cut, cutOf, isLacking } from './plan/cut.ts'
import type { StatsQuestion } from './question/questions.ts'
import { checkLength, startedRange } from './question/range.ts'
import type { Slot } from './question/range-slots.ts'
import type { StatFunction } from './question/vocabulary.ts'
import { ALL_KEPT, isEmptyBefore } from './read/empty-past.ts'
import { fromStore, readSlots, type SlotSums } from './read/read-slots.ts'

type SeriesPoint = { readonly time: string; readonly value: Value }

/** One number about the events of one type. */
export type TotalAnswer = {
  readonly eventType: string
  readonly function: StatFunction
  readonly startTime: string
  readonly endTime: string
  readonly value: Value
  readonly series?: readonly SeriesPoint[]
  readonly meta: Meta
}

export type StatsAnswer = TotalAnswer & { readonly videoId: string }

/** A few milliseconds of arithmetic. */
const TURN_SLOTS_MAX = 2_000

/** Fails with ProblemError: `invalid-request` if the series would be too long or too fine, `store-unavailable`. */
export async function getStats(
  deps: CountDeps,
  tenant: string,
  question: StatsQuestion,
): Promise<StatsAnswer> {
  const progress = progressOf(deps, question.range)
  const counted = { tenant, videoId: question.videoId, type: question.eventType }
  const asked = await startOf(question, () => deps.counts.firstMinute(counted))
  const kept = deps.kept()
  let cut = cutOf(asked, question.series, kept)
  if (isLacking(cut) && (await isEmptyBefore(deps.counts, [counted], asked.to))) {
    cut = cutOf(asked, question.series, ALL_KEPT)
  }
  const turns = new Turns(TURN_SLOTS_MAX)
  await turns.after(cut.slots.length)
  let reading = await readCut(deps, counted, cut)
  if (reading.uncutTo !== null) {
    cut = cutOf(asked, question.series, { ...kept, quartersFrom: reading.uncutTo })
    reading = await readCut(deps, counted, cut)
  }
  const { range, slots, coarse } = cut
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
    meta: metaOf(range, progress, reading, coarse),
  }
}

async function startOf({ range, series }: StatsQuestion, firstMinute: () => Promise<number | null>) {
  if (range.from !== null) return startedRange(range, null)
  const started = startedRange(range, await fromStore(firstMinute))
  if (series !== null) checkLength(started, series.granularity)
  return started
}

function readCut({ counts }: CountDeps, counted: Series, { slots, fault }: Cut): Promise<SlotSums> {
  if (fault !== null) throw invalidRequest([fault])
  return readSlots(counts, counted, slots)
}

/** `sums` has one for each slot. */
export function pointsOf(
  fn: StatFunction,
  slots: readonly Slot[],
  sums: readonly Aggregate[],
): SeriesPoint[] {
  const values = evaluateSeries(fn, sums, slots)
  return slots.map(({ start, offsetMinutes }, at) => ({
    time: localMinuteText(start, offsetMinutes),
    value: values[at]!,
  }))
}
