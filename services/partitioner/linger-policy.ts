// How long events wait to share a record. The partition of an event is fixed by the event (law 5), so where partitions
// are many, records fill up only by waiting longer; and waiting pays only while more comes and records cost much. Pure.

import type { EventLimits } from './limits.ts'

/** What waits in all partitions, none of it for longer than `waitedMs`. */
export type Waiting = {
  readonly waitedMs: number
  readonly records: number
  readonly events: number
  /** Requests came since the last look. If none did, whoever sends may be waiting for us. */
  readonly hasMore: boolean
}

/** From so many events a record on, what a record costs does not matter beside what its events cost. */
const EVENTS_PER_RECORD_WANTED = 50
/** So few records cost little, however small they are: so the wait in ms is at most the number of partitions. */
const RECORDS_PER_MS_FEW = 1

export function waitsOn(
  { waitedMs, records, events, hasMore }: Waiting,
  { lingerMs, lingerMsMax }: Pick<EventLimits, 'lingerMs' | 'lingerMsMax'>,
): boolean {
  const isAllowed = lingerMs > 0 && waitedMs + lingerMs <= lingerMsMax
  const isCheap = records <= RECORDS_PER_MS_FEW * waitedMs || events >= EVENTS_PER_RECORD_WANTED * records
  return isAllowed && hasMore && !isCheap
}
