// What can be asked about dead letters, read from addresses and bodies: every fault is told at once. Pure.
import { isPlainText, plainTextRule } from '../model/plain-text.ts'
import { countTo, invalidParameter, oneOf, Parameters, type RawParameters } from '../query/parameters.ts'
import { parseQueryTime, refuseSeconds, TIME_RULE } from '../query/query-time.ts'
import { STATES } from './acts.ts'
import { type Filter, PAGE_LETTERS_MAX } from './dead-letters.ts'
import type { Correction } from './plan.ts'

export const REPLAY_FILTER = ['reason', 'startTime', 'endTime', 'limit', 'cursor'] as const
export const LIST_PARAMETERS = ['state', ...REPLAY_FILTER] as const

const LIMIT_DEFAULT = 100
const REASON_CHARS_MAX = 500
const REASON_RULE = plainTextRule(1, REASON_CHARS_MAX)

/** Fails with ProblemError `invalid-request`, as all of these do. */
export function listQuestion(raw: RawParameters): Filter {
  return filterOf(new Parameters(raw, LIST_PARAMETERS))
}

/** The body of a replay of many; none is the same as `{}`. */
export function bulkQuestion(body: unknown): Omit<Filter, 'state'> {
  const entries = Object.entries(objectOf(body ?? {}))
  return filterOf(
    new Parameters(Object.fromEntries(entries.map(([name, value]) => [name, String(value)])), REPLAY_FILTER),
  )
}

function filterOf(parameters: Parameters): Filter {
  const filter = {
    state: parameters.optional('state', `one of ${STATES.join(', ')}`, oneOf(STATES)) ?? null,
    reason: parameters.optional('reason', REASON_RULE, reasonOf) ?? null,
    fromMs: parameters.optional('startTime', TIME_RULE, parseQueryTime) ?? null,
    toMs: parameters.optional('endTime', TIME_RULE, parseQueryTime) ?? null,
    limit:
      parameters.optional(
        'limit',
        `a whole number from 1 to ${PAGE_LETTERS_MAX}`,
        countTo(PAGE_LETTERS_MAX),
      ) ?? LIMIT_DEFAULT,
    cursor: parameters.optional('cursor', 'a cursor of an earlier answer', (text) => text) ?? null,
  }
  refuseSeconds(parameters, filter.fromMs, filter.toMs)
  parameters.check()
  return filter
}

/** The body of a replay: none, or `{"event": …, "tenant"?: …}`. */
export function correctionOf(body: unknown): Correction | null {
  if (body === undefined || body === null) return null
  const { event, tenant = null, ...others } = objectOf(body)
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw invalidParameter(unknown, 'is not known here; known are event, tenant.')
  if (event === undefined) {
    if (tenant !== null) throw invalidParameter('tenant', 'goes only with an event.')
    return null
  }
  if (tenant === null || typeof tenant === 'string') return { event, tenant }
  throw invalidParameter('tenant', 'must be a text.')
}

/** The body of a discard. */
export function discardReason(body: unknown): string {
  const { reason, ...others } = objectOf(body)
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw invalidParameter(unknown, 'is not known here; known is reason.')
  if (isPlainText(reason, REASON_CHARS_MAX)) return reason
  throw invalidParameter('reason', `is required and must be ${REASON_RULE}.`)
}

function objectOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body }
  throw invalidParameter('body', 'must be a JSON object.')
}

function reasonOf(text: string): string | null {
  return isPlainText(text, REASON_CHARS_MAX) ? text : null
}
