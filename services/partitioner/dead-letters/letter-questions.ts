// Parses requests about dead letters from addresses and bodies; reports all faults at once. Pure.

import {
  countTo,
  invalidParameter,
  objectOf,
  oneOf,
  Parameters,
  type RawParameters,
} from '../../../lib/http/parameters.ts'
import { parseQueryTime, refuseSeconds, TIME_RULE } from '../../../lib/http/query-time.ts'
import { isTenant, TENANT_RULE } from '../../../model/names.ts'
import { isPlainText, plainTextRule } from '../../../model/plain-text.ts'
import { type Filter, PAGE_LETTERS_MAX } from './dead-letters.ts'
import { STATES } from './letter-acts.ts'
import type { Correction } from './plan.ts'

export const REPLAY_FILTER = ['reason', 'startTime', 'endTime', 'limit', 'cursor'] as const
export const LIST_PARAMETERS = ['state', ...REPLAY_FILTER] as const

const LIMIT_DEFAULT = 100
const LIMIT_RULE = `a whole number from 1 to ${PAGE_LETTERS_MAX}`
export const REASON_CHARS_MAX = 500
const REASON_RULE = plainTextRule(1, REASON_CHARS_MAX)

/** Fails with ProblemError `invalid-request`, like all functions here. */
export function listQuestion(raw: RawParameters): Filter {
  return filterOf(new Parameters(raw, LIST_PARAMETERS), countTo(PAGE_LETTERS_MAX))
}

/** The body of a replay of many letters; no body means `{}`. */
export function bulkQuestion(body: unknown): Omit<Filter, 'state'> {
  const fields = objectOf(body === undefined ? {} : body)
  return filterOf(new Parameters<unknown>(fields, REPLAY_FILTER, 'body'), limitOf)
}

function filterOf<T>(parameters: Parameters<T>, parseLimit: (given: T) => number | null): Filter {
  const filter = {
    state: parameters.optional('state', `one of ${STATES.join(', ')}`, oneOf(STATES)) ?? null,
    reason: parameters.optional('reason', REASON_RULE, reasonOf) ?? null,
    fromMs: parameters.optional('startTime', TIME_RULE, parseQueryTime) ?? null,
    toMs: parameters.optional('endTime', TIME_RULE, parseQueryTime) ?? null,
    limit: parameters.optional('limit', LIMIT_RULE, parseLimit) ?? LIMIT_DEFAULT,
    cursor: parameters.optional('cursor', 'a cursor of an earlier answer', cursorOf) ?? null,
  }
  refuseSeconds(parameters, filter.fromMs, filter.toMs)
  parameters.check()
  return filter
}

/** The body of a replay: none, or `{"event": …, "tenant"?: …}`. */
export function correctionOf(body: unknown): Correction | null {
  if (body === undefined) return null
  const { event, tenant = null, ...others } = objectOf(body)
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw invalidParameter(unknown, 'is not known here; known are event, tenant.')
  if (event === undefined) {
    if (tenant !== null) throw invalidParameter('tenant', 'goes only with an event.')
    return null
  }
  if (tenant === null || isTenant(tenant)) return { event, tenant }
  throw invalidParameter('tenant', `must be ${TENANT_RULE}.`)
}

/** The body of a discard. */
export function discardReason(body: unknown): string {
  const { reason, ...others } = objectOf(body)
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw invalidParameter(unknown, 'is not known here; known is reason.')
  if (isPlainText(reason, REASON_CHARS_MAX)) return reason
  throw invalidParameter('reason', `is required and must be ${REASON_RULE}.`)
}

function reasonOf(text: unknown): string | null {
  return isPlainText(text, REASON_CHARS_MAX) ? text : null
}

function limitOf(given: unknown): number | null {
  return typeof given === 'number' ? countTo(PAGE_LETTERS_MAX)(String(given)) : null
}

function cursorOf(given: unknown): string | null {
  return typeof given === 'string' ? given : null
}
