// The keys of the top lists in Redis. All are in one slot of a cluster, because one budget holds for all of them.
//
//   …:bytes               hash: hour → bytes of its lists; "all" → their sum; "version"; "lost" → see lostBefore
//   …:g:<hour>            set of the groups that have lists
//   …:i:<hour>:<group>    hash: list → version (top-lists.ts names the lists)
//   …:l:<hour>:<group>:<list>   open: sorted set of videos by their totals, which only grow; '' has the floor
//                               corrections: hash: video → "<upTo> <count>"; '' → "<up> <down>", of what found no room
//                               closed: bytes (top-list-bytes.ts)
//   …:sources             hash: source → "<since minute> <through offset> <log time>"
//
// A missing key shows a loss: nothing is known about the rows of a source without a record, and a list that the index
// names must be there.
import { MINUTE_MS, MINUTES_PER_DAY } from '../../model/bucket.ts'
import { TOP_RETENTION_MINUTES } from './tops.ts'

const PREFIX = 'tally:{tops}'

export const SOURCES_KEY = `${PREFIX}:sources`
export const BYTES_KEY = `${PREFIX}:bytes`
export const FOLDING_KEY = `${PREFIX}:folding`
/** Longer than any list is kept: only where nobody writes any more do keys expire by themselves. */
export const KEY_TTL_MS = (TOP_RETENTION_MINUTES + MINUTES_PER_DAY) * MINUTE_MS

export function groupsKey(hour: number): string {
  return `${PREFIX}:g:${hour}`
}

export function indexKey(group: string, hour: number): string {
  return `${PREFIX}:i:${hour}:${group}`
}

export function listKey(group: string, hour: number, name: string): string {
  return `${PREFIX}:l:${hour}:${group}:${name}`
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
