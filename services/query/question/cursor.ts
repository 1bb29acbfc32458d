// Where the next page of a query's rows begins. A cursor holds the range of the first page, so that all pages cover
// the same time, and a digest of the question, so that it is not used for another one. Pure.
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { TIME_MS_MAX } from '../../../lib/http/query-time.ts'
import { jsonValue } from '../../../lib/json-value.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { type MinuteRange, QUERY_LIMITS } from './vocabulary.ts'

export type Cursor = {
  readonly range: MinuteRange
  /** The last row that was returned, by its index before ordering. */
  readonly after: number
}

export const CURSOR_RULE = 'the nextCursor of an answer to this very question (but for limit and cursor)'

const DIGEST_CHARS = 16

/** The digest of all given fields except those that may differ from page to page. */
export function digestOf(
  body: Readonly<Record<string, unknown>>,
  fields: readonly string[],
  pageFields: readonly string[],
): string {
  const asked = fields.filter((name) => !pageFields.includes(name)).map((name) => [name, body[name]])
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64url').slice(0, DIGEST_CHARS)
}

export function cursorText({ range, after }: Cursor, digest: string): string {
  return Buffer.from(JSON.stringify([digest, range.from, range.to, after])).toString('base64url')
}

/** Null for an invalid cursor, or one of another question. */
export function parseCursor(given: unknown, digest: string): Cursor | null {
  if (typeof given !== 'string' || given.length > QUERY_LIMITS.cursorCharsMax) return null
  const read = jsonValue(Buffer.from(given, 'base64url').toString())
  if (!Array.isArray(read) || read.length !== 4 || read[0] !== digest) return null
  const [, from, to, after] = read
  if (![from, to, after].every((number) => Number.isInteger(number) && number >= 0)) return null
  return from <= to && to <= TIME_MS_MAX / MINUTE_MS ? { range: { from, to }, after } : null
}
