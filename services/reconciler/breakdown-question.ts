// Parses a question for a breakdown from an address; reports all faults of a request at once. Pure.
import { countTo, oneOf, Parameters, type RawParameters } from '../../lib/http/parameters.ts'
import { BREAKDOWN_ORDERS, type BreakdownOrder } from '../../stores/archive/breakdowns.ts'
import { checkVideoId, parseType, TYPE_RULE } from '../query/questions.ts'
import { type AskedRange, askedRange } from '../query/range.ts'

export const BREAKDOWN_PARAMETERS = ['by', 'eventType', 'function', 'startTime', 'endTime', 'limit'] as const
export const BREAKDOWN_ROWS = { default: 100, max: 1_000 } as const

export type AskedBreakdown = {
  readonly videoId: string
  readonly by: string
  readonly eventType: string
  readonly fn: BreakdownOrder
  readonly range: AskedRange
  readonly rowsMax: number
}

/** `dimensions` are the attributes that may be asked for. Fails with ProblemError `invalid-request`. */
export function breakdownQuestion(
  videoId: string,
  raw: RawParameters,
  dimensions: readonly string[],
  nowMs: number,
): AskedBreakdown {
  const parameters = new Parameters(raw, BREAKDOWN_PARAMETERS)
  checkVideoId(videoId, parameters)
  const byRule = `one of the dimensions that this server declares: ${dimensions.join(', ')}`
  const by = parameters.required('by', byRule, oneOf(dimensions))
  const eventType = parameters.required('eventType', TYPE_RULE, parseType)
  const fn = parameters.required('function', `one of ${BREAKDOWN_ORDERS.join(', ')}`, oneOf(BREAKDOWN_ORDERS))
  const range = askedRange(parameters, nowMs)
  const limitRule = `a whole number from 1 to ${BREAKDOWN_ROWS.max}`
  const rowsMax =
    parameters.optional('limit', limitRule, countTo(BREAKDOWN_ROWS.max)) ?? BREAKDOWN_ROWS.default
  parameters.check()
  return { videoId, by, eventType, fn, range, rowsMax }
}
