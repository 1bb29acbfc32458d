// Parses a question for a breakdown from an address; reports all faults of a request at once. Pure.
import { countTo, oneOf, Parameters, type RawParameters } from '../../../lib/http/parameters.ts'
import { BREAKDOWN_ORDERS, type BreakdownOrder } from '../../../stores/archive/breakdowns.ts'
import { parseType, TYPE_RULE } from '../../query/question/questions.ts'
import { type AskedRange, askedRange } from '../../query/question/range.ts'
import { attributesRule, type Where, whereOfAddress } from '../../query/question/where.ts'

export const BREAKDOWN_PARAMETERS = [
  ...['by', 'eventType', 'function', 'startTime', 'endTime', 'where', 'limit'],
] as const
export const BREAKDOWN_ROWS = { default: 100, max: 1_000 } as const

/** Rows may be of videos, too, where there are several. No attribute has this name. */
export const BY_VIDEO = 'videoId'

export type BreakdownParameters = {
  /** An attribute, or BY_VIDEO. */
  readonly by: string
  readonly eventType: string
  readonly fn: BreakdownOrder
  readonly range: AskedRange
  readonly where: Where
  readonly rowsMax: number
}

export type AskedBreakdown = BreakdownParameters & {
  /** Names the video or the channel in the answer. */
  readonly about: { readonly videoId?: string; readonly channelId?: string }
  /** Null: all of the tenant. */
  readonly videoIds: readonly string[] | null
}

/**
 * `rowsOf` is what rows may be of, and `dimensions` are the attributes that events may be chosen by; `check` notes
 * what is wrong with the rest of the address. Fails with ProblemError `invalid-request`.
 */
export function breakdownQuestion(
  raw: RawParameters,
  rowsOf: readonly string[],
  dimensions: readonly string[],
  nowMs: number,
  check: (parameters: Parameters) => void = () => {},
): BreakdownParameters {
  const parameters = new Parameters(raw, BREAKDOWN_PARAMETERS)
  check(parameters)
  const by = parameters.required('by', attributesRule(rowsOf), oneOf(rowsOf))
  const eventType = parameters.required('eventType', TYPE_RULE, parseType)
  const fn = parameters.required('function', `one of ${BREAKDOWN_ORDERS.join(', ')}`, oneOf(BREAKDOWN_ORDERS))
  const range = askedRange(parameters, nowMs)
  const where = whereOfAddress(parameters, dimensions)
  const limitRule = `a whole number from 1 to ${BREAKDOWN_ROWS.max}`
  const rowsMax =
    parameters.optional('limit', limitRule, countTo(BREAKDOWN_ROWS.max)) ?? BREAKDOWN_ROWS.default
  parameters.check()
  return { by, eventType, fn, range, where, rowsMax }
}
