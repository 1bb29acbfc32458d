// First stage: a record's bytes become columns of numbers and two hashes per event. No strings are made here.

import { FINGERPRINT_WORDS } from '../../../model/fingerprint-set.ts'
import type { NameKey } from '../../../model/name-key.ts'
import { EventColumns, type RecordFault, scanRecord } from '../../../schemas/scan-record.ts'
import type { SchemaSet } from '../../../schemas/schema-set.ts'
import type { LogRecord } from '../../../stores/log/log.ts'

/** A decoded record; reusable, so that a steady stream allocates nothing per event. */
export class DecodedRecord {
  offset = 0
  logTimeMs = 0
  /** Why the whole record is unreadable, or null. */
  fault: RecordFault | null = null
  bytes: Uint8Array = new Uint8Array(0)
  readonly columns = new EventColumns()
  /** Keyed hash of (tenant, video, type), one per event. */
  keyHashes = new Uint32Array(0)
  /**
   * Keyed hash of the event's whole name except its minute: (tenant, video, type, id), each preceded by its length,
   * and the source of a CloudEvent.
   */
  fingerprints = new Uint32Array(0)
}

/** Records that one step may take: bounds one hydration, and the pool below. */
const RECORDS_PER_STEP_MAX = 64

export class Decoder {
  /** Identifies the key of the fingerprints. */
  readonly keyId: string
  readonly #schemas: SchemaSet
  readonly #key: NameKey
  readonly #pool: DecodedRecord[] = []
  #keyWords = new Uint32Array(0)

  constructor(schemas: SchemaSet, key: NameKey) {
    this.#schemas = schemas
    this.#key = key
    this.keyId = key.id
  }

  /** Decodes records in batches; each batch is valid until the next one is requested. */
  *decode(records: readonly LogRecord[]): Generator<DecodedRecord[]> {
    for (let at = 0; at < records.length; at += RECORDS_PER_STEP_MAX) {
      yield records.slice(at, at + RECORDS_PER_STEP_MAX).map((record, i) => {
        this.#pool[i] ??= new DecodedRecord()
        return this.#decode(record, this.#pool[i])
      })
    }
  }

  #decode(record: LogRecord, into: DecodedRecord): DecodedRecord {
    into.offset = record.offset
    into.logTimeMs = record.logTimeMs
    into.bytes = record.bytes
    into.fault = scanRecord(this.#schemas, record.bytes, into.columns)
    if (into.fault === null) this.#hash(into)
    return into
  }

  /** Hashes all names of a record at once, in their encoded form, because equal names have equal bytes. */
  #hash(into: DecodedRecord): void {
    const { count, bytes, fault, keyStart: starts, keyEnd, idEnd } = into.columns
    if (into.keyHashes.length < count) {
      into.keyHashes = new Uint32Array(fault.length)
      into.fingerprints = new Uint32Array(fault.length * FINGERPRINT_WORDS)
    }
    if (this.#keyWords.length < into.fingerprints.length)
      this.#keyWords = new Uint32Array(into.fingerprints.length)
    this.#key.hash(bytes, count, [
      { starts, ends: idEnd, out: into.fingerprints },
      { starts, ends: keyEnd, out: this.#keyWords },
    ])
    for (let i = 0; i < count; i++) into.keyHashes[i] = this.#keyWords[i * FINGERPRINT_WORDS]!
    addSources(into, this.#key)
  }
}

/** A mark that no name begins with: names begin with the length of the tenant, whose first byte is even. */
const WITH_SOURCE = 0x53
const FINGERPRINT_BYTES = 4 * FINGERPRINT_WORDS

/** If an event has a source, its fingerprint becomes the hash of [mark, fingerprint, source]. */
function addSources({ columns, fingerprints }: DecodedRecord, key: NameKey): void {
  const { count, bytes, sourceStart, sourceEnd } = columns
  const ends: number[] = []
  const pieces: Uint8Array[] = []
  const having: number[] = []
  let length = 0
  for (let i = 0; i < count; i++) {
    if (sourceEnd[i] === 0) continue
    const fingerprint = new Uint8Array(fingerprints.buffer, i * FINGERPRINT_BYTES, FINGERPRINT_BYTES)
    const source = bytes.subarray(sourceStart[i], sourceEnd[i])
    pieces.push(Uint8Array.of(WITH_SOURCE), fingerprint, source)
    length += 1 + FINGERPRINT_BYTES + source.length
    ends.push(length)
    having.push(i)
  }
  if (having.length === 0) return
  const out = new Uint32Array(having.length * FINGERPRINT_WORDS)
  const stretches = { starts: Int32Array.from([0, ...ends]), ends: Int32Array.from(ends), out }
  key.hash(Buffer.concat(pieces), having.length, [stretches])
  for (const [k, i] of having.entries()) {
    const at = k * FINGERPRINT_WORDS
    fingerprints.set(out.subarray(at, at + FINGERPRINT_WORDS), i * FINGERPRINT_WORDS)
  }
}
