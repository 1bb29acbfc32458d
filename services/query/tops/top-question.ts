// Parses a question for a top list from an address; reports all faults of a request at once. Pure.

import { oneOf, Parameters, type RawParameters } from '../../../lib/http/parameters.ts'
import { MINUTES_PER_DAY, MINUTES_PER_HOUR, minuteOf } from '../../../model/bucket.ts'
import { parseType, TYPE_RULE } from '../question/questions.ts'
import { askedRange } from '../question/range.ts'
import type { MinuteRange } from '../question/vocabulary.ts'

export const TOP_ORDERS = ['count', 'rising'] as const
export type TopOrder = (typeof TOP_ORDERS)[number]

export const TOP_PARAMETERS = ['eventType', 'startTime', 'endTime', 'limit', 'order'] as const
export const TOP_LIMIT = { default: 10, max: 100 } as const
/** Windows span at most a day, and together with the window before them must be within the last two days. */
const WINDOW_MINUTES_MAX = MINUTES_PER_DAY
const REACH_MINUTES = 2 * MINUTES_PER_DAY
/** A day from any moment on touches one minute more than it has. */
const WIDENED_MINUTES = 1

export type TopQuestion = {
  readonly eventType: string
  readonly range: MinuteRange
  readonly order: TopOrder
  readonly limit: number
}

const LIMIT_RULE = `a whole number from 1 to ${TOP_LIMIT.max}`

/** Without a start the window is the hour before its end. Fails with ProblemError `invalid-request`. */
export function topQuestion(raw: RawParameters, nowMs: number): TopQuestion {
  const parameters = new Parameters(raw, TOP_PARAMETERS)
  const eventType = parameters.required('eventType', TYPE_RULE, parseType)
  const { from, to } = askedRange(parameters, nowMs)
  const range = { from: from ?? to - MINUTES_PER_HOUR, to }
  const limit = parameters.optional('limit', LIMIT_RULE, parseLimit) ?? TOP_LIMIT.default
  const orderRule = `one of ${TOP_ORDERS.join(', ')}`
  const order = parameters.optional('order', orderRule, oneOf(TOP_ORDERS)) ?? 'count'
  const length = to - range.from
  const reach = order === 'rising' ? range.from - length : range.from
  if (length > WINDOW_MINUTES_MAX + WIDENED_MINUTES) {
    const detail = 'From startTime to endTime, which is now where it is not given, may be at most 24 hours.'
    parameters.fault({ parameter: 'startTime', code: 'range_too_long', detail })
  } else if (reach < minuteOf(nowMs) - REACH_MINUTES - WIDENED_MINUTES) {
    const detail =
      'startTime must lie in the last 48 hours, and where order is rising the equally long window before it, too.'
    parameters.fault({ parameter: 'startTime', code: 'invalid_parameter', detail })
  }
  parameters.check()
  return { eventType, range, order, limit }
}

function parseLimit(text: string): number | null {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0
  return limit >= 1 && limit <= TOP_LIMIT.max ? limit : null
}
