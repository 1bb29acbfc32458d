// Asks for one number about a video, a channel or the site by an attribute of its events. Where the server does
// not keep the attribute, or not from so early on, it asks for what there is.
import { ARCHIVE_TIMEOUT_MS, askJson, isRefused, type Meta, spanQuery } from '../api.ts'
import type { Span } from '../ranges/ranges.ts'
import type { Measure } from '../route.ts'
import { type Where, wherePairs } from './where.ts'

/** The value of the attribute under its name, the number under `value`; `isOther` where it is of all the rest. */
export type BreakdownRow = Readonly<Record<string, string | number | boolean | object | null>>
export type Breakdown = {
  readonly by: string
  /** What the server can be asked by. */
  readonly dimensions: readonly string[]
  readonly startTime: string
  readonly endTime: string
  readonly total: number | null
  readonly rows: readonly BreakdownRow[]
  readonly meta: Meta
}

export type BreakdownQuestion = {
  /** Of the routes of what it is about. */
  readonly path: string
  readonly type: string
  readonly measure: Measure
  readonly by: string
  readonly span: Span
  readonly where: Where
  /** Without that of the rest; ten where it is left out. */
  readonly rowsMax?: number
}

/** Every server can be asked by this one. */
export const AUTOMATED = 'tally.automated'
const ROWS_MAX = 10

/** `startsLater`: nothing is kept of the beginning of the span, so the answer starts where something is. */
export type Asked = { readonly breakdown: Breakdown; readonly startsLater: boolean }

/** `dimensions` are null if they are not known yet. Fails with an ApiError, or with the signal's reason. */
export async function askBreakdown(
  question: BreakdownQuestion,
  dimensions: readonly string[] | null,
  signal: AbortSignal,
): Promise<Asked> {
  const { by } = question
  if (dimensions !== null) {
    return askWhatIsKept({ ...question, by: dimensions.includes(by) ? by : dimensions[0]! }, signal)
  }
  try {
    return await askWhatIsKept(question, signal)
  } catch (error) {
    if (!isRefused(error, 'by', 'invalid_parameter')) throw error
    const { breakdown } = await askWhatIsKept({ ...question, by: AUTOMATED }, signal)
    return askBreakdown(question, breakdown.dimensions, signal)
  }
}

/** Fails as the call of the route does, though not where nothing is kept of the beginning. */
export async function askWhatIsKept(question: BreakdownQuestion, signal: AbortSignal): Promise<Asked> {
  try {
    return { breakdown: await ask(question, question.span, signal), startsLater: false }
  } catch (error) {
    if (!isRefused(error, 'startTime', 'resolution_expired')) throw error
    const span = { ...question.span, startMs: null }
    return { breakdown: await ask(question, span, signal), startsLater: true }
  }
}

function ask(
  { path, type, measure, by, where, rowsMax = ROWS_MAX }: BreakdownQuestion,
  span: Span,
  signal: AbortSignal,
): Promise<Breakdown> {
  const asked = { by, eventType: type, function: measure, limit: String(rowsMax), ...spanQuery(span) }
  const query = new URLSearchParams(asked)
  for (const pair of wherePairs(where)) query.append('where', pair)
  return askJson(`${path}/breakdown?${query}`, signal, {}, ARCHIVE_TIMEOUT_MS)
}
