// The time range of a question: read from its parameters, widened to whole minutes, with a default start. Pure.

import { invalidRequest, type Parameters, type QueryFault } from '../../../lib/http/parameters.ts'
import { parseQueryTime, refuseSeconds, TIME_RULE } from '../../../lib/http/query-time.ts'
import { MINUTE_MS, minuteOf } from '../../../model/bucket.ts'
import { GRANULARITY_MINUTES, type Granularity, type MinuteRange, SERIES_PERIODS_MAX } from './vocabulary.ts'

/** In minutes since the epoch; `from` is null if the question starts at the beginning. */
export type AskedRange = { readonly from: number | null; readonly to: number }

/** The start is rounded down to a whole minute and the end up; no end means now. */
export function askedRange<Given>(parameters: Parameters<Given>, nowMs: number): AskedRange {
  const startMs = parameters.optional('startTime', TIME_RULE, parseQueryTime)
  const endMs = parameters.optional('endTime', TIME_RULE, parseQueryTime) ?? nowMs
  if (startMs !== undefined && startMs > endMs) {
    const detail = 'startTime must not lie after endTime, which is now where it is not given.'
    parameters.fault({ parameter: 'startTime', code: 'inverted_range', detail })
  } else refuseSeconds(parameters, startMs, endMs)
  return { from: startMs === undefined ? null : minuteOf(startMs), to: Math.ceil(endMs / MINUTE_MS) }
}

/**
 * Starts an open range at the first counted minute; if none is counted before its end, the range is empty.
 */
export function startedRange({ from, to }: AskedRange, firstMinute: number | null): MinuteRange {
  return { from: from ?? Math.min(firstMinute ?? to, to), to }
}

/** A fault if a series over the range would have more periods than one answer may hold. */
export function lengthFault({ from, to }: MinuteRange, granularity: Granularity): QueryFault | null {
  if (to - from <= SERIES_PERIODS_MAX * GRANULARITY_MINUTES[granularity]) return null
  return {
    parameter: 'granularity',
    code: 'range_too_long',
    detail: `With granularity ${granularity} the range spans at most ${SERIES_PERIODS_MAX} × ${granularity}.`,
  }
}

/** Fails with ProblemError `invalid-request` if the series would be too long. */
export function checkLength(range: MinuteRange, granularity: Granularity): void {
  const fault = lengthFault(range, granularity)
  if (fault !== null) throw invalidRequest([fault])
}
