// The layout of records and of the state of partitions in the database: keys that sort by offset, values with a
// checksum. Pure.

import { hasChecksum, stampChecksum, viewOf } from '../../disk/checked-value.ts'
import { LANES } from '../lanes.ts'
import type { Lane, LogRecord } from '../log.ts'

/** A record with the number of bytes that the partition had taken before it, which retention uses. */
export type StoredRecord = LogRecord & { readonly position: number }

/** Where a partition's next record goes. */
export type End = { readonly offset: number; readonly position: number; readonly logTimeMs: number }

/** Keys for the log as a whole. */
export type Identity = { readonly incarnation: string; readonly partitions: number }

export const IDENTITY_KEY = 'identity'
/** The database key of the deployment's key of fingerprints. */
export const NAME_KEY_KEY = 'name-key'
/** Naming's sourcesFromMs, where it is not 0. */
export const SOURCES_FROM_KEY = 'sources-from'
/** How old an event may be, ms; then of each shorter time before: that, ms, and until which log time, epoch ms. */
export const HORIZONS_KEY = 'horizons'

/** crc32 of key and rest (4 bytes) · log time (8) · position (8) · the record's bytes. */
const RECORD_HEADER_BYTES = 20
const OFFSET_DIGITS = 14

export function recordKey(lane: Lane, partition: number, offset: number): string {
  return `record/${partitionKey(lane, partition)}/${offset.toString(16).padStart(OFFSET_DIGITS, '0')}`
}

/** Sorts after every record of the partition. */
export function pastRecords(lane: Lane, partition: number): string {
  return `record/${partitionKey(lane, partition)}/~`
}

export function endKey(lane: Lane, partition: number): string {
  return `end/${partitionKey(lane, partition)}`
}

export function startKey(lane: Lane, partition: number): string {
  return `start/${partitionKey(lane, partition)}`
}

export function offsetOf(key: string): number {
  return Number.parseInt(key.slice(-OFFSET_DIGITS), 16)
}

/** A value with room for its header, so that a record is copied once. */
export function recordValue(bytes: Uint8Array): Uint8Array {
  const value = new Uint8Array(RECORD_HEADER_BYTES + bytes.length)
  value.set(bytes, RECORD_HEADER_BYTES)
  return value
}

/** How many bytes a value adds to its partition. */
export function payloadBytes(value: Uint8Array): number {
  return value.length - RECORD_HEADER_BYTES
}

/** Fills in the header and returns the record that the value now holds. */
export function stampRecord(value: Uint8Array, key: string, end: End): StoredRecord {
  const view = viewOf(value)
  view.setFloat64(4, end.logTimeMs)
  view.setFloat64(12, end.position)
  stampChecksum(key, value)
  return { ...end, bytes: value.subarray(RECORD_HEADER_BYTES) }
}

/** The record, or null where the checksum is wrong. */
export function parseRecord(key: string, value: Uint8Array): StoredRecord | null {
  if (!hasChecksum(key, value)) return null
  const view = viewOf(value)
  return {
    offset: offsetOf(key),
    logTimeMs: view.getFloat64(4),
    position: view.getFloat64(12),
    bytes: value.subarray(RECORD_HEADER_BYTES),
  }
}

function partitionKey(lane: Lane, partition: number): string {
  return `${LANES.indexOf(lane)}-${partition.toString(16).padStart(4, '0')}`
}
