// The keys of the counts of all videos by minute in Redis. Everything of a (tenant, type) is in one slot of a
// cluster. A missing key shows a loss: nothing is known about the rows of a source without a record.
//
//   …:m:{group}:<minute>:<source>   sorted set of videos by their totals, which only grow
//   …:c:{group}:<minute>            hash: video → "<upTo> <count>", corrections of the batch layer
//   …:v:{group}:<day>               hash: minute → version, rises with each write; "<minute>b" → bound
//   …:sources                       hash: source → "<since minute> <through offset> <log time>"
import { MINUTE_MS, MINUTES_PER_DAY } from '../../model/bucket.ts'
import { TOP_RETENTION_MINUTES } from './tops.ts'

const PREFIX = 'tally:tops'

export const SOURCES_KEY = `${PREFIX}:sources`
export const KEY_TTL_MS = (TOP_RETENTION_MINUTES + MINUTES_PER_DAY) * MINUTE_MS

/** Types and tenants hold no control characters. */
export function groupOf(tenant: string, type: string): string {
  return `${tenant}\t${type}`
}

export function totalsKey(group: string, minute: number, sourceId: string): string {
  return `${PREFIX}:m:{${group}}:${minute}:${sourceId}`
}

export function correctionsKey(group: string, minute: number): string {
  return `${PREFIX}:c:{${group}}:${minute}`
}

export function versionsKey(group: string, minute: number): string {
  return `${PREFIX}:v:{${group}}:${Math.floor(minute / MINUTES_PER_DAY)}`
}

export type SourceRecord = {
  /** From this minute on all rows are there … */
  readonly since: number
  /** … that were stored up to and including this offset. */
  readonly through: number
  readonly logTimeMs: number
}

/** Null for a text that is not a record. */
export function parseRecord(text: string): SourceRecord | null {
  const [since, through, logTimeMs, ...rest] = text.split(' ').map(Number)
  if (rest.length > 0 || ![since, through, logTimeMs].every(Number.isSafeInteger)) return null
  return { since: since!, through: through!, logTimeMs: logTimeMs! }
}
