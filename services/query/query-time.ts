// Times as they stand in an address: the same forms as in an event, between the epoch and a named end.
import { timeMsOf } from '../model/parse-time.ts'
import { QUERY_TIME_MAX } from './vocabulary.ts'

export const TIME_RULE = `an RFC 3339 time with a zone, or epoch milliseconds, from 1970 to ${QUERY_TIME_MAX}`

const EPOCH_MS = /^\d{1,15}$/
const TIME_MS_MAX = Date.parse(QUERY_TIME_MAX)

/** Epoch ms, or null. A `+` that nobody encoded arrives as a space, and can only be a zone's sign. */
export function parseQueryTime(text: string): number | null {
  const timeMs = timeMsOf(EPOCH_MS.test(text) ? Number(text) : text.replace(' ', '+'))
  return timeMs !== null && timeMs >= 0 && timeMs <= TIME_MS_MAX ? timeMs : null
}
