// Makes records: batches of events of one partition, framed as framing.ts says and read by scan-record.ts.
import type { Event } from '../model/event.ts'
import { encodedBytesMax, encodeEvent } from './encode-event.ts'
import { LENGTH_BYTES, RECORD_HEADER_BYTES, RECORD_MAGIC, RECORD_VERSION, wordAt } from './framing.ts'
import { EVENTS_PER_RECORD_MAX } from './limits.ts'

const CAPACITY_FIRST_BYTES = 16_384
/** Where the header holds the number of events. */
const COUNT_AT = 2

/**
 * One record under construction. It holds at most EVENTS_PER_RECORD_MAX events; one more throws a RangeError.
 */
export class RecordBuilder {
  #bytes = Buffer.allocUnsafeSlow(CAPACITY_FIRST_BYTES)
  #end = RECORD_HEADER_BYTES
  #count = 0

  get count(): number {
    return this.#count
  }

  /** The length of the record so far. */
  get byteLength(): number {
    return this.#end
  }

  add(event: Event): void {
    const start = this.#startEvent(encodedBytesMax(event))
    this.#endEvent(encodeEvent(event, this.#bytes, start))
  }

  /** Adds an event that is already encoded: single-object encoding, of any version. */
  addRaw(encoded: Uint8Array): void {
    const start = this.#startEvent(encoded.length)
    this.#bytes.set(encoded, start)
    this.#endEvent(start + encoded.length)
  }

  /** Adds the events of a record that another builder has finished, in their order. */
  addRecord(record: Uint8Array): void {
    const count = this.#count + wordAt(record, COUNT_AT)
    if (count > EVENTS_PER_RECORD_MAX) throw tooMany()
    const end = this.#end + record.length - RECORD_HEADER_BYTES
    this.#reserve(end)
    this.#bytes.set(record.subarray(RECORD_HEADER_BYTES), this.#end)
    this.#end = end
    this.#count = count
  }

  /** The record, as a copy that does not change when the builder is used again. */
  finish(): Buffer {
    this.#bytes[0] = RECORD_MAGIC
    this.#bytes[1] = RECORD_VERSION
    this.#bytes.writeUInt32LE(this.#count, COUNT_AT)
    return Buffer.from(this.#bytes.subarray(0, this.#end))
  }

  reset(): void {
    this.#end = RECORD_HEADER_BYTES
    this.#count = 0
  }

  /** Makes room for an event of at most `bytesMax` and returns where it is to start. */
  #startEvent(bytesMax: number): number {
    if (this.#count === EVENTS_PER_RECORD_MAX) throw tooMany()
    const start = this.#end + LENGTH_BYTES
    this.#reserve(start + bytesMax)
    return start
  }

  #reserve(needed: number): void {
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length))
    this.#bytes.copy(grown, 0, 0, this.#end)
    this.#bytes = grown
  }

  #endEvent(end: number): void {
    this.#bytes.writeUInt32LE(end - this.#end - LENGTH_BYTES, this.#end)
    this.#end = end
    this.#count++
  }
}

function tooMany(): RangeError {
  return new RangeError(`a record holds ${EVENTS_PER_RECORD_MAX} events`)
}
