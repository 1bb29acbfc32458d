// All event types of one video at once. This file shows the order of the stages.

import { mapBounded } from '../../lib/map-bounded.ts'
import { minuteText } from '../../lib/time-text.ts'
import { evaluate, type Value } from './answer/evaluate.ts'
import { type Meta, metaOf, progressOf } from './answer/meta.ts'
import type { QueryDeps } from './deps.ts'
import { widened } from './plan/retention.ts'
import type { SummaryQuestion } from './question/questions.ts'
import { startedRange } from './question/range.ts'
import {
  type MinuteRange,
  STANDARD_TYPES,
  SUMMARY_FUNCTIONS,
  SUMMARY_TYPES_MAX,
  type SummaryFunction,
} from './question/vocabulary.ts'
import { oldestOf } from './read/age.ts'
import { fromStore, lastUncut, readSlots } from './read/read-slots.ts'

type TypeSummary = Readonly<Record<SummaryFunction, Value>>

export type SummaryAnswer = {
  readonly videoId: string
  readonly startTime: string
  readonly endTime: string
  /** The standard types first, then all others that were ever counted, in alphabetical order. */
  readonly types: Readonly<Record<string, TypeSummary>>
  /** How many types are not shown, if a video has more than one answer may hold. */
  readonly typesOmitted?: number
  readonly meta: Meta
}

const TYPES_IN_FLIGHT_MAX = 4

/** Fails with ProblemError `store-unavailable`. */
export async function getSummary(
  deps: QueryDeps,
  tenant: string,
  question: SummaryQuestion,
): Promise<SummaryAnswer> {
  const { videoId } = question
  const progress = progressOf(deps, question.range)
  const all = new Set([...STANDARD_TYPES, ...(await fromStore(() => deps.counts.types(tenant, videoId)))])
  const types = [...all].slice(0, SUMMARY_TYPES_MAX)
  const counted = types.map((type) => ({ tenant, videoId, type }))

  const started = await startOf(question, () =>
    mapBounded(counted, TYPES_IN_FLIGHT_MAX, (series) => deps.counts.firstMinute(series)),
  )
  const kept = deps.kept()
  const read = (range: MinuteRange) =>
    mapBounded(counted, TYPES_IN_FLIGHT_MAX, (series) => readSlots(deps.counts, series, [range]))
  let range = widened(started, kept)
  let readings = await read(range)
  const uncutTo = lastUncut(readings)
  if (uncutTo !== null) {
    range = widened(started, { ...kept, quartersFrom: uncutTo })
    readings = await read(range)
  }
  const summaries = readings.map(({ sums: [whole] }) =>
    Object.fromEntries(SUMMARY_FUNCTIONS.map((fn) => [fn, evaluate(fn, whole!, range)] as const)),
  )
  return {
    videoId,
    startTime: minuteText(range.from),
    endTime: minuteText(range.to),
    types: Object.fromEntries(types.map((type, at) => [type, summaries[at] as TypeSummary])),
    ...(all.size > types.length && { typesOmitted: all.size - types.length }),
    meta: metaOf(range, progress, oldestOf(readings)),
  }
}

async function startOf(
  { range }: SummaryQuestion,
  firstMinutes: () => Promise<(number | null)[]>,
): Promise<MinuteRange> {
  if (range.from !== null) return startedRange(range, null)
  const counted = (await fromStore(firstMinutes)).filter((minute) => minute !== null)
  return startedRange(range, counted.length === 0 ? null : Math.min(...counted))
}
