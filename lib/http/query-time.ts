// Times in queries: the same forms as in an event, between the epoch and a named end.
import { timeMsOf } from '../../model/parse-time.ts'
import { instantText } from '../time-text.ts'
import type { Parameters } from './parameters.ts'

/** The latest time that can be asked for; its local date has a four-digit year in every zone. */
const QUERY_TIME_MAX = '9999-12-30T00:00:00Z'

export const TIME_RULE = `an RFC 3339 time with a zone, or epoch milliseconds, from 1970 to ${QUERY_TIME_MAX}`

/** A number as JSON writes it. A fraction (such as `performance.now()` has) is cut off. */
const EPOCH_MS = /^(\d{1,15})(?:\.\d+)?(e[+-]?\d{1,3})?$/i
export const TIME_MS_MAX = Date.parse(QUERY_TIME_MAX)

/** No valid range ends before this: one that does was meant in seconds. */
export const END_MS_MIN = Date.parse('2000-01-01T00:00:00Z')
/** Epoch seconds of the years 2000 to 2099, which as milliseconds lie in January and February 1970. */
const SECONDS = { least: END_MS_MIN / 1_000, end: Date.parse('2100-01-01T00:00:00Z') / 1_000 } as const

const SECONDS_HINT = ' It looks like seconds; times are RFC 3339 or epoch milliseconds.'

/**
 * Epoch ms, or null. In an address epoch ms are text, and a `+` that nobody encoded arrives as a space and can only be
 * a zone's sign.
 */
export function parseQueryTime(given: unknown): number | null {
  if (typeof given !== 'string' && typeof given !== 'number') return null // to make a number of an object may fail
  if (Number(given) > TIME_MS_MAX) return null // before a fraction is cut off
  const timeMs = timeMsOf(typeof given === 'string' ? eventTime(given) : given)
  return timeMs !== null && timeMs >= 0 && timeMs <= TIME_MS_MAX ? timeMs : null
}

/**
 * Adds a fault if a range lies wholly before 2000, or if a time can only have been meant in seconds: the answer would
 * be 0, or everything that was ever counted, and nobody would see why. Times are epoch ms, if they are given.
 */
export function refuseSeconds<Given>(
  parameters: Parameters<Given>,
  startMs: number | null | undefined,
  endMs: number | null | undefined,
): void {
  if (endMs != null && endMs < END_MS_MIN) refuse('endTime', endMs)
  else if (startMs != null && isLikeSeconds(startMs)) refuse('startTime', startMs)

  function refuse(parameter: string, timeMs: number): void {
    const hint = isLikeSeconds(timeMs) ? SECONDS_HINT : ''
    const detail = `${parameter} is ${instantText(timeMs)}, and nothing was counted before 2000.${hint}`
    parameters.fault({ parameter, code: 'before_2000', detail })
  }
}

function isLikeSeconds(timeMs: number): boolean {
  return timeMs >= SECONDS.least && timeMs < SECONDS.end
}

function eventTime(given: string): string | number {
  const text = given.replace(' ', '+')
  const [, whole, exponent] = EPOCH_MS.exec(text) ?? []
  if (whole === undefined) return text
  return Number(exponent === undefined ? whole : text)
}
