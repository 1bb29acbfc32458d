// The records that wait in the spool for one partition of a lane, as counted in memory. Pure.
import type { Partition } from '../embedded/partition.ts'
import { type End, payloadBytes } from '../embedded/records.ts'

export type Backlog = Partition & {
  /** The position of the oldest record, in bytes of its partition and in time; null if none waits. */
  first: Start | null
  /**
   * When a record was spooled after the clock had been set back, if one has been since nothing waited: the least such
   * time, epoch ms. The times in records never go back. Only of this process.
   */
  setBackToMs: number
}

export const NOT_SET_BACK = Number.POSITIVE_INFINITY

export type Start = { readonly position: number; readonly logTimeMs: number }

/** The overhead of a record besides its bytes, so that empty ones are bounded too. */
const RECORD_OVERHEAD_BYTES = 64

export function recordsOf({ startOffset, end }: Backlog): number {
  return end.offset - startOffset
}

export function bytesOf(backlog: Backlog): number {
  const payload = backlog.first === null ? 0 : backlog.end.position - backlog.first.position
  return payload + RECORD_OVERHEAD_BYTES * recordsOf(backlog)
}

/** Bytes that a value adds to a backlog. */
export function weightOf(value: Uint8Array): number {
  return payloadBytes(value) + RECORD_OVERHEAD_BYTES
}

/** Where the record after `value` goes. */
export function pastRecord(place: End, value: Uint8Array): End {
  return { ...place, offset: place.offset + 1, position: place.position + payloadBytes(value) }
}
