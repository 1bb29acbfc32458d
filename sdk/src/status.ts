// What an answer's status means: the code of its error, and whether trying again may help. Pure.
import { type Problem, TallyError, type TallyErrorCode } from './errors.ts'

const CODES: Readonly<Record<number, TallyErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  408: 'timeout',
  413: 'too_large',
  415: 'unsupported_media_type',
  425: 'overloaded',
  429: 'overloaded',
  501: 'not_implemented',
  503: 'overloaded',
  505: 'not_implemented',
}

/** The same request may get a better answer later. */
const PASSING: readonly TallyErrorCode[] = ['network', 'timeout', 'overloaded', 'server_error']

export function isPassing(code: TallyErrorCode): boolean {
  return PASSING.includes(code)
}

const DETAIL_CHARS_MAX = 200

/** The error for an answer with a status that is not one of success. */
export function statusError(status: number, text: string): TallyError {
  const json = parseJson(text)
  const problem: Problem | undefined = isObject(json) ? json : undefined
  const detail = problem?.detail ?? problem?.title ?? text.slice(0, DETAIL_CHARS_MAX)
  const rest = status >= 500 ? 'server_error' : status >= 400 ? 'bad_request' : 'bad_response'
  return new TallyError(CODES[status] ?? rest, `status ${status}: ${detail}`, { status, problem })
}

/** undefined where the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
