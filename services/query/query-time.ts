// Times as they stand in a question: the same forms as in an event, between the epoch and a named end.
import { timeMsOf } from '../model/parse-time.ts'
import { QUERY_TIME_MAX } from './vocabulary.ts'

export const TIME_RULE = `an RFC 3339 time with a zone, or epoch milliseconds, from 1970 to ${QUERY_TIME_MAX}`

const EPOCH_MS = /^\d{1,15}$/
export const TIME_MS_MAX = Date.parse(QUERY_TIME_MAX)

/**
 * Epoch ms, or null. In an address epoch ms are text, and a `+` that nobody encoded arrives as a space and can only be
 * a zone's sign.
 */
export function parseQueryTime(given: unknown): number | null {
  const timeMs = timeMsOf(typeof given === 'string' ? eventTime(given) : given)
  return timeMs !== null && timeMs >= 0 && timeMs <= TIME_MS_MAX ? timeMs : null
}

function eventTime(text: string): string | number {
  return EPOCH_MS.test(text) ? Number(text) : text.replace(' ', '+')
}
