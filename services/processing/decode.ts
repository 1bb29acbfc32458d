// First stage: a record's bytes become columns of numbers and two hashes an event. No strings are made here.
import { EventColumns, type RecordFault, scanRecord } from '../../schemas/scan-record.ts'
import type { SchemaSet } from '../../schemas/schema-set.ts'
import { murmur3x86_32, murmur3x86_128 } from '../model/murmur3.ts'
import type { LogRecord } from '../ports/log.ts'
import { FINGERPRINT_WORDS } from './fingerprint-set.ts'

/** A decoded record; reusable, so that a steady stream allocates nothing an event. */
export class DecodedRecord {
  offset = 0
  logTimeMs = 0
  /** Why the whole record is unreadable, or null. */
  fault: RecordFault | null = null
  bytes: Uint8Array = new Uint8Array(0)
  readonly columns = new EventColumns()
  /** Hash of (tenant, video, type), one an event. */
  keyHashes = new Uint32Array(0)
  /**
   * MurmurHash3 x86-128 of the id, seeded by tenant and video: an id names an event within its video and minute,
   * so that what counts as a copy does not depend on which videos share a partition.
   */
  fingerprints = new Uint32Array(0)
}

function decode(schemas: SchemaSet, record: LogRecord, into: DecodedRecord): DecodedRecord {
  into.offset = record.offset
  into.logTimeMs = record.logTimeMs
  into.bytes = record.bytes
  into.fault = scanRecord(schemas, record.bytes, into.columns)
  if (into.fault === null) hashEvents(into)
  return into
}

function hashEvents(into: DecodedRecord): void {
  const { count, bytes, fault, keyStart, videoEnd, keyEnd, idStart, idEnd } = into.columns
  if (into.keyHashes.length < count) {
    into.keyHashes = new Uint32Array(fault.length)
    into.fingerprints = new Uint32Array(fault.length * FINGERPRINT_WORDS)
  }
  for (let i = 0; i < count; i++) {
    if (fault[i] !== 0) continue
    const videoHash = murmur3x86_32(bytes, keyStart[i]!, videoEnd[i]!, 0)
    into.keyHashes[i] = murmur3x86_32(bytes, videoEnd[i]!, keyEnd[i]!, videoHash)
    murmur3x86_128(bytes, idStart[i]!, idEnd[i]!, videoHash, into.fingerprints, i * FINGERPRINT_WORDS)
  }
}

/** Records that one step may take: what one read of the store can hydrate, and what the pool below holds. */
const RECORDS_PER_STEP_MAX = 64

export class Decoder {
  readonly #schemas: SchemaSet
  readonly #pool: DecodedRecord[] = []

  constructor(schemas: SchemaSet) {
    this.#schemas = schemas
  }

  /** Decodes records some at a time; each lot is valid until the next is asked for. */
  *decode(records: readonly LogRecord[]): Generator<DecodedRecord[]> {
    for (let at = 0; at < records.length; at += RECORDS_PER_STEP_MAX) {
      yield records.slice(at, at + RECORDS_PER_STEP_MAX).map((record, i) => {
        this.#pool[i] ??= new DecodedRecord()
        return decode(this.#schemas, record, this.#pool[i])
      })
    }
  }
}
