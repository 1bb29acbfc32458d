// Parses questions from an address; reports all faults of a request at once. Pure.

import { oneOf, Parameters, type RawParameters } from '../../../lib/http/parameters.ts'
import { isName, isType, NAME_RULE } from '../../../model/names.ts'
import { type AskedRange, askedRange, lengthFault } from './range.ts'
import { timeZoneId } from './range-slots.ts'
import {
  FUNCTIONS,
  GRANULARITIES,
  type Granularity,
  STANDARD_TYPES,
  type StatFunction,
} from './vocabulary.ts'
import { type Where, whereOfAddress } from './where.ts'

export type TotalQuestion = {
  readonly eventType: string
  readonly fn: StatFunction
  readonly range: AskedRange
  readonly series: { readonly granularity: Granularity; readonly timeZone: string } | null
}

/** `where` is not empty. */
export type FilteredQuestion = TotalQuestion & { readonly where: Where }

export type StatsQuestion = TotalQuestion & { readonly videoId: string }

export type SummaryQuestion = { readonly videoId: string; readonly range: AskedRange }

const RANGE_PARAMETERS = ['startTime', 'endTime'] as const

export const SUMMARY_PARAMETERS = RANGE_PARAMETERS
const STATS_PARAMETERS = ['eventType', 'function', ...RANGE_PARAMETERS, 'granularity', 'timeZone'] as const

export const FILTERED_PARAMETERS = [...STATS_PARAMETERS, 'where'] as const

export const TYPE_RULE = `a type such as ${STANDARD_TYPES.join(', ')}: a letter, then at most 31 of a–z 0–9 _ -`
export const ZONE_RULE = 'a time zone of the IANA database, such as Europe/Berlin'

/** Fails with ProblemError `invalid-request`. */
export function statsQuestion(videoId: string, raw: RawParameters, nowMs: number): StatsQuestion {
  const parameters = new Parameters(raw, STATS_PARAMETERS)
  checkVideoId(videoId, parameters)
  return { videoId, ...askedTotal(parameters, nowMs) }
}

/** The same about several videos together. */
export function totalQuestion(raw: RawParameters, nowMs: number): TotalQuestion {
  return askedTotal(new Parameters(raw, STATS_PARAMETERS), nowMs)
}

/** Only about events that have some values. Those of `attributes` may be asked for; `check` notes other faults. */
export function filteredQuestion(
  raw: RawParameters,
  attributes: readonly string[],
  nowMs: number,
  check: (parameters: Parameters) => void,
): FilteredQuestion {
  const parameters = new Parameters(raw, FILTERED_PARAMETERS)
  check(parameters)
  const where = whereOfAddress(parameters, attributes)
  return { ...askedTotal(parameters, nowMs), where }
}

function askedTotal(parameters: Parameters, nowMs: number): TotalQuestion {
  const eventType = parameters.required('eventType', TYPE_RULE, parseType)
  const fn = parameters.required('function', `one of ${FUNCTIONS.join(', ')}`, oneOf(FUNCTIONS))
  const range = askedRange(parameters, nowMs)
  const timeZone = parameters.optional('timeZone', ZONE_RULE, parseZone) ?? 'UTC'
  const granularityRule = `one of ${GRANULARITIES.join(', ')}`
  const granularity = parameters.optional('granularity', granularityRule, oneOf(GRANULARITIES))
  if (granularity !== undefined && range.from !== null) {
    const fault = lengthFault({ from: range.from, to: range.to }, granularity)
    if (fault !== null) parameters.fault(fault)
  }
  parameters.check()
  const series = granularity === undefined ? null : { granularity, timeZone }
  return { eventType, fn, range, series }
}

/** Fails with ProblemError `invalid-request`. */
export function summaryQuestion(videoId: string, raw: RawParameters, nowMs: number): SummaryQuestion {
  const parameters = new Parameters(raw, SUMMARY_PARAMETERS)
  checkVideoId(videoId, parameters)
  const range = askedRange(parameters, nowMs)
  parameters.check()
  return { videoId, range }
}

export function checkVideoId(videoId: string, parameters: Parameters): void {
  if (parseVideoId(videoId) !== null) return
  parameters.fault({
    parameter: 'videoId',
    code: 'invalid_parameter',
    detail: `videoId must be ${NAME_RULE}.`,
  })
}

export function parseVideoId(given: unknown): string | null {
  return isName(given) ? given : null
}

export function parseType(given: unknown): string | null {
  return isType(given) ? given : null
}

export function parseZone(given: unknown): string | null {
  return typeof given === 'string' ? timeZoneId(given) : null
}
