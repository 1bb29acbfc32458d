// What may name a video, a viewer, a channel and an event type. The front door, queries and operators' commands share
// these rules. Pure.
import { isPlainText, plainTextRule } from './plain-text.ts'

/** The greatest length of the id of a video, a viewer or a channel. */
export const NAME_CHARS_MAX = 128
/** Completes "must be". */
export const NAME_RULE = plainTextRule(1, NAME_CHARS_MAX)

/** The greatest length of the source of a CloudEvent. */
export const SOURCE_CHARS_MAX = 512
/** Completes "must be". Every URI-reference is made of these characters (RFC 3986, section 2). */
export const SOURCE_RULE = `a URI-reference of 1–${SOURCE_CHARS_MAX} printable ASCII characters, without spaces`

const SOURCE = /^[!-~]+$/
/** The rule for a tenant, where the default one is empty; completes "must be". */
export const TENANT_RULE = 'the name of a tenant: at most 64 of A–Z a–z 0–9 . _ -'
const TENANT = /^[A-Za-z0-9._-]{0,64}$/
const TYPE = /^[a-z][a-z0-9_-]{0,31}$/

export function isName(value: unknown): value is string {
  return isPlainText(value, NAME_CHARS_MAX)
}

export function isSource(value: unknown): value is string {
  return typeof value === 'string' && value.length <= SOURCE_CHARS_MAX && SOURCE.test(value)
}

export function isTenant(value: unknown): value is string {
  return typeof value === 'string' && TENANT.test(value)
}

export function isType(value: unknown): value is string {
  return typeof value === 'string' && TYPE.test(value)
}
