// Splits a record as far as its framing can be read, even one that scan-record.ts refuses as a whole: the events
// before the fault may be intact. For repair, never for counting.
import { LENGTH_BYTES, RECORD_HEADER_BYTES, RECORD_MAGIC, RECORD_VERSION, wordAt } from './framing.ts'
import { EVENTS_PER_RECORD_MAX } from './limits.ts'

export type SplitRecord = {
  /** How many events the header announces; null if the header is not ours. */
  readonly announced: number | null
  /** The bytes of each complete event, as views. */
  readonly events: readonly Uint8Array[]
  /** The first byte that cannot be parsed; null if all can. */
  readonly brokeAt: number | null
}

/** Never throws. */
export function splitRecord(bytes: Uint8Array): SplitRecord {
  if (bytes[0] !== RECORD_MAGIC) return { announced: null, events: [], brokeAt: 0 }
  if (bytes[1] !== RECORD_VERSION) return { announced: null, events: [], brokeAt: 1 }
  if (bytes.length < RECORD_HEADER_BYTES) return { announced: null, events: [], brokeAt: bytes.length }
  const announced = wordAt(bytes, 2) >>> 0
  const events: Uint8Array[] = []
  let at = RECORD_HEADER_BYTES
  while (events.length < Math.min(announced, EVENTS_PER_RECORD_MAX)) {
    const start = at + LENGTH_BYTES
    if (start > bytes.length) return { announced, events, brokeAt: at }
    const end = start + (wordAt(bytes, at) >>> 0)
    if (end > bytes.length) return { announced, events, brokeAt: at }
    events.push(bytes.subarray(start, end))
    at = end
  }
  return { announced, events, brokeAt: at === bytes.length ? null : at }
}
