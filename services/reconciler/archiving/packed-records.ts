// Records in one buffer, which is transferred between threads without being copied. Pure.
import type { LogRecord } from '../../../stores/log/log.ts'

export type PackedRecords = {
  readonly offsets: Float64Array<ArrayBuffer>
  readonly logTimesMs: Float64Array<ArrayBuffer>
  /** The end of each record in `bytes`; it begins where the previous one ends. */
  readonly ends: Uint32Array<ArrayBuffer>
  readonly bytes: Uint8Array<ArrayBuffer>
}

export function packRecords(records: readonly LogRecord[]): PackedRecords {
  const ends = new Uint32Array(records.length)
  let end = 0
  for (const [i, record] of records.entries()) ends[i] = end += record.bytes.length
  const bytes = new Uint8Array(end)
  for (const [i, record] of records.entries()) bytes.set(record.bytes, ends[i]! - record.bytes.length)
  return {
    offsets: Float64Array.from(records, ({ offset }) => offset),
    logTimesMs: Float64Array.from(records, ({ logTimeMs }) => logTimeMs),
    ends,
    bytes,
  }
}

export function unpackRecords({ offsets, logTimesMs, ends, bytes }: PackedRecords): LogRecord[] {
  return Array.from(offsets, (offset, i) => ({
    offset,
    logTimeMs: logTimesMs[i]!,
    bytes: bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]),
  }))
}

/** The transfer list for `postMessage`. */
export function memoryOf({ offsets, logTimesMs, ends, bytes }: PackedRecords): ArrayBuffer[] {
  return [offsets.buffer, logTimesMs.buffer, ends.buffer, bytes.buffer]
}
