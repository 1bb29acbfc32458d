// The log with its overload lane: a record of that lane is an object in a store that takes any load, and the log holds
// a message that names it. Callers see records as in every other lane; calls for other lanes pass through.
import type { Clock } from '../../../lib/clock.ts'
import type { Carried } from '../../../lib/traceparents.ts'
import type { ObjectStore } from '../../objects/objects.ts'
import { unknownPartition } from '../lanes.ts'
import {
  type Lane,
  type Log,
  LogError,
  type LogRecord,
  type LogSlice,
  type ReadLimit,
  type Source,
  type SourceEnd,
} from '../log.ts'
import { decodeReference, encodeReference, OVERFLOW_PREFIX, referenceTo, refersTo } from './reference.ts'

export type OverflowLogOptions = {
  readonly log: Log
  /** The same for all processes; null: here the lane can be neither written nor read. */
  readonly objects: Pick<ObjectStore, 'write' | 'read'> | null
  readonly clock: Clock
  /** A word of [A-Za-z0-9-] that no other object has. */
  readonly newName: () => string
}

/** Bytes of records that wait for their objects to be stored. */
const UPLOAD_BYTES_MAX = 64 << 20
/** The most objects that are fetched for one read. */
const FETCHES_MAX = 128

export class OverflowLog implements Log {
  readonly #options: OverflowLogOptions
  readonly #log: Log
  readonly #sources = new Map<number, Source>()
  /** By partition, the end of the last append: messages follow in the order of the calls. */
  readonly #turns = new Map<number, Promise<void>>()
  #uploadBytes = 0

  constructor(options: OverflowLogOptions) {
    this.#options = options
    this.#log = options.log
  }

  /**
   * Like the log; in the overload lane it also fails with `unavailable` if the object store is. A crash in between
   * leaves an object that no message names, which is harmless.
   */
  async append(
    lane: Lane,
    partition: number,
    bytes: Uint8Array,
    carried?: Carried,
  ): Promise<{ offset: number }> {
    if (lane !== 'events-overflow') return this.#log.append(lane, partition, bytes, carried)
    if (this.#uploadBytes + bytes.length > UPLOAD_BYTES_MAX)
      throw new LogError(
        'unavailable',
        `More than ${UPLOAD_BYTES_MAX} bytes wait for the objects of ${lane}.`,
      )
    this.#uploadBytes += bytes.length
    const message = this.#upload(partition, new Uint8Array(bytes)) // the caller may reuse its buffer meanwhile
    const ended = Promise.allSettled([this.#turns.get(partition), message])
    const turn = ended.then(() => {}) // drops the results, which later promises would keep in memory
    this.#turns.set(partition, turn)
    try {
      await turn
      return await this.#log.append(lane, partition, await message, carried)
    } finally {
      this.#uploadBytes -= bytes.length
    }
  }

  sources(lane: Lane): Promise<readonly Source[]> {
    return this.#log.sources(lane)
  }

  /**
   * Like the log; in the overload lane it also fails with `unavailable` if the object store is, and with `corrupt` if
   * an object is lost or changed. A message that is not a reference is returned as it is: the reader judges it.
   */
  async read(source: Source, fromOffset: number, limit: ReadLimit): Promise<LogSlice> {
    if (source.lane !== 'events-overflow') return this.#log.read(source, fromOffset, limit)
    const { records, endOffset } = await this.#readMessages(source, fromOffset, limit)
    const resolved = await Promise.allSettled(records.map((record) => this.#resolve(source, record)))
    const found: LogRecord[] = []
    for (const one of resolved) {
      if (one.status === 'fulfilled') found.push(one.value)
      else if (found.length === 0) throw one.reason
      else break // the next read begins with it
    }
    return { records: found, endOffset }
  }

  bounds(source: Source): Promise<{ startOffset: number; endOffset: number }> {
    return this.#log.bounds(source)
  }

  ends(lane: Lane): Promise<readonly SourceEnd[]> {
    return this.#log.ends(lane)
  }

  offsetForTime(source: Source, timeMs: number): Promise<number> {
    return this.#log.offsetForTime(source, timeMs)
  }

  /** The message that names the object, once the object is durable. */
  async #upload(partition: number, bytes: Uint8Array): Promise<Uint8Array> {
    const { clock, newName } = this.#options
    const { id } = await this.#sourceOf(partition)
    const hour = new Date(clock.nowMs()).toISOString().slice(0, 'YYYY-MM-DDTHH'.length)
    const reference = referenceTo(`${OVERFLOW_PREFIX}${id}/${hour}/${newName()}`, bytes)
    await this.#call((objects) => objects.write(reference.object, bytes))
    return encodeReference(reference)
  }

  /** One after the other, because the limit is about the bytes of the objects. */
  async #readMessages(
    source: Source,
    fromOffset: number,
    { bytesMax, waitMs }: ReadLimit,
  ): Promise<LogSlice> {
    const records: LogRecord[] = []
    let bytes = 0
    let slice = await this.#log.read(source, fromOffset, { bytesMax: 1, waitMs })
    for (;;) {
      for (const record of slice.records) bytes += decodeReference(record.bytes)?.bytes ?? record.bytes.length
      records.push(...slice.records)
      const next = (records.at(-1)?.offset ?? fromOffset) + 1
      const over = slice.records.length === 0 || next >= slice.endOffset
      if (over || bytes >= bytesMax || records.length >= FETCHES_MAX) break
      slice = await this.#log.read(source, next, { bytesMax: 1, waitMs: 0 })
    }
    return { records, endOffset: slice.endOffset }
  }

  async #resolve({ id }: Source, record: LogRecord): Promise<LogRecord> {
    const reference = decodeReference(record.bytes)
    if (reference === null) return record
    const bytes = await this.#call((objects) => objects.read(reference.object))
    if (bytes !== null && refersTo(reference, bytes)) return { ...record, bytes }
    const what = bytes === null ? 'is gone' : 'holds other bytes than were stored'
    const message = `The object ${reference.object}, which is record ${record.offset} of ${id}, ${what}.`
    throw new LogError('corrupt', `${message} Restore it; there is no other copy of its records.`)
  }

  async #sourceOf(partition: number): Promise<Source> {
    const lane = 'events-overflow'
    if (!this.#sources.has(partition)) {
      for (const source of await this.#log.sources(lane)) this.#sources.set(source.partition, source)
    }
    const source = this.#sources.get(partition)
    if (source === undefined) throw unknownPartition(lane, partition)
    return source
  }

  async #call<T>(call: (objects: Pick<ObjectStore, 'write' | 'read'>) => Promise<T>): Promise<T> {
    const { objects } = this.#options
    if (objects === null)
      throw new LogError('unavailable', 'Set OVERFLOW_URL: records of the overload lane are there.')
    try {
      return await call(objects)
    } catch (cause) {
      throw new LogError('unavailable', 'The objects of the overload lane cannot be reached.', { cause })
    }
  }
}
