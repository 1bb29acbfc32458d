// Partitions on disk. Every read is checked: a gap in the offsets or a wrong checksum is damage and never skipped.
// Knows no waiting and no cache.
import type { KnownHorizons } from '../../../model/horizons.ts'
import { NameKey } from '../../../model/name-key.ts'
import type { Naming } from '../../../model/naming.ts'
import { numbersValue, parseBytes, parseNumbers } from '../../disk/checked-value.ts'
import { DataDirectoryError, damageAdvice } from '../../disk/data-directory.ts'
import type { DatabaseCopy, EntriesCopy } from '../../disk/database-copy.ts'
import type { LevelDatabase, Operation } from '../../disk/level-database.ts'
import type { MarkState } from '../../disk/write-mark.ts'
import { type Lane, LogError, type Source } from '../log.ts'
import {
  type End,
  endKey,
  HORIZONS_KEY,
  IDENTITY_KEY,
  type Identity,
  NAME_KEY_KEY,
  offsetOf,
  parseRecord,
  pastRecords,
  recordKey,
  SOURCES_FROM_KEY,
  type StoredRecord,
  startKey,
} from './records.ts'

/** Where a partition begins and where its next record goes. */
export type Extent = { readonly startOffset: number; readonly end: End }

/** Entries that are read from the database at once. */
const READ_ENTRIES_MAX = 256
const READ_BYTES_MAX = 1 << 20
/** After this many removed bytes the database is compacted at once; LevelDB itself reclaims smaller amounts later. */
const COMPACT_BYTES_MIN = 8 << 20

export class RecordStore {
  readonly #database: LevelDatabase

  constructor(database: LevelDatabase) {
    this.#database = database
  }

  /** There is no other copy of acknowledged records: fails with LogError `corrupt` if the last ones are lost. */
  refuseLoss(what: string): void {
    try {
      this.#database.refuseLoss(what)
    } catch (error) {
      throw logFault(error as Error)
    }
  }

  get state(): MarkState {
    return this.#database.state
  }

  async identity(): Promise<Identity> {
    const numbers = await this.#numbers(IDENTITY_KEY)
    if (numbers === null) throw this.#corrupt('The identity of the log is lost.')
    return { incarnation: numbers[0]!.toString(16).padStart(8, '0'), partitions: numbers[1]! }
  }

  /** How the deployment names events; null in a log that is older than keys and sources. */
  async naming(): Promise<Naming | null> {
    const value = await this.#guard(this.#level.get(NAME_KEY_KEY))
    if (value === undefined) return null
    const bytes = parseBytes(NAME_KEY_KEY, value)
    if (bytes === null) throw this.#corrupt(`The entry ${NAME_KEY_KEY} has a wrong checksum.`)
    const [sourcesFromMs = 0] = (await this.#numbers(SOURCES_FROM_KEY)) ?? []
    return { key: new NameKey(bytes), sourcesFromMs }
  }

  /** By which horizons events were counted so far; null where no start has noted one. */
  async horizons(): Promise<KnownHorizons | null> {
    const numbers = await this.#numbers(HORIZONS_KEY)
    if (numbers === null) return null
    const [horizonMs = 0, ...pairs] = numbers
    const earlierHorizons = Array.from({ length: pairs.length / 2 }, (_, i) => {
      return { horizonMs: pairs[2 * i]!, untilMs: pairs[2 * i + 1]! }
    })
    return { horizonMs, earlierHorizons }
  }

  async writeHorizons({ horizonMs, earlierHorizons }: KnownHorizons): Promise<void> {
    const pairs = earlierHorizons.flatMap((one) => [one.horizonMs, one.untilMs])
    const value = numbersValue(HORIZONS_KEY, [horizonMs, ...pairs])
    await this.write([{ type: 'put', key: HORIZONS_KEY, value }])
  }

  /** Reads a partition's extent and checks both of its ends. */
  async extent({ lane, partition }: Source): Promise<Extent> {
    const stored = await this.#numbers(endKey(lane, partition))
    const [startOffset = 0] = (await this.#numbers(startKey(lane, partition))) ?? []
    const end = { offset: stored?.[0] ?? 0, position: stored?.[1] ?? 0, logTimeMs: stored?.[2] ?? 0 }
    const past = { gte: recordKey(lane, partition, end.offset), lt: pastRecords(lane, partition), limit: 1 }
    const [beyond] = await this.#guard(this.#level.keys(past).all())
    if (beyond !== undefined || startOffset > end.offset) {
      throw this.#corrupt(`${lane}, partition ${partition}: the end offset ${end.offset} is not the end.`)
    }
    if (startOffset < end.offset) {
      await this.at(lane, partition, startOffset)
      await this.at(lane, partition, end.offset - 1)
    }
    return { startOffset, end }
  }

  /** Consecutive records from `fromOffset` on and before `endOffset`, until `bytesMax` is reached. */
  async read(
    source: Source,
    fromOffset: number,
    endOffset: number,
    bytesMax: number,
  ): Promise<StoredRecord[]> {
    const { lane, partition } = source
    const iterator = this.#level.iterator({
      gte: recordKey(lane, partition, fromOffset),
      lt: recordKey(lane, partition, endOffset),
      highWaterMarkBytes: Math.min(bytesMax, READ_BYTES_MAX),
    })
    const records: StoredRecord[] = []
    let bytes = 0
    try {
      do {
        const entries = await iterator.nextv(READ_ENTRIES_MAX)
        if (entries.length === 0) throw this.#lost(lane, partition, fromOffset + records.length)
        for (const [key, value] of entries) {
          const record = this.#parse(lane, partition, fromOffset + records.length, key, value)
          records.push(record)
          bytes += record.bytes.length
          if (bytes >= bytesMax) break
        }
      } while (bytes < bytesMax && fromOffset + records.length < endOffset)
    } catch (error) {
      throw this.#fault(error)
    } finally {
      await iterator.close()
    }
    return records
  }

  /** The record at an offset; it must exist. */
  async at(lane: Lane, partition: number, offset: number): Promise<StoredRecord> {
    const key = recordKey(lane, partition, offset)
    const value = await this.#guard(this.#level.get(key))
    if (value === undefined) throw this.#lost(lane, partition, offset)
    return this.#parse(lane, partition, offset, key, value)
  }

  /** One durable, atomic batch. */
  async write(operations: Operation[]): Promise<void> {
    await this.#guard(this.#database.write(operations))
  }

  /**
   * To be called before a write: after a failed one, the database is reopened and every extent read again.
   */
  heal(reload: () => Promise<void>): Promise<void> {
    return this.#guard(this.#database.heal(reload))
  }

  /**
   * Removes the records before an offset. The new start is durable before the first record is removed; `onStart` is
   * called in between. The next call removes what a crash has left.
   */
  async removeBefore({ lane, partition }: Source, offset: number, onStart: () => void): Promise<void> {
    const key = startKey(lane, partition)
    await this.write([{ type: 'put', key, value: numbersValue(key, [offset]) }])
    onStart()
    const range = { gte: recordKey(lane, partition, 0), lt: recordKey(lane, partition, offset) }
    const fileBytes = await this.#guard(this.#level.approximateSize(range.gte, range.lt))
    await this.#guard(this.#level.clear(range))
    if (fileBytes >= COMPACT_BYTES_MIN) await this.#guard(this.#level.compactRange(range.gte, range.lt))
  }

  /** What it holds now, to be read later. */
  copy(): DatabaseCopy {
    return this.#database.copy()
  }

  /** The first offset of a partition in a copy, and the offset after its last. */
  async boundsIn(copy: EntriesCopy, { lane, partition }: Source) {
    const read = async (key: string) => {
      const value = await copy.get(key)
      return value === undefined ? 0 : this.#checked(key, value)[0]!
    }
    return {
      startOffset: await read(startKey(lane, partition)),
      endOffset: await read(endKey(lane, partition)),
    }
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  get #level() {
    return this.#database.level
  }

  async #numbers(key: string): Promise<number[] | null> {
    const value = await this.#guard(this.#level.get(key))
    return value === undefined ? null : this.#checked(key, value)
  }

  #checked(key: string, value: Uint8Array): number[] {
    const numbers = parseNumbers(key, value)
    if (numbers === null) throw this.#corrupt(`The entry ${key} has a wrong checksum.`)
    return numbers
  }

  #parse(lane: Lane, partition: number, offset: number, key: string, value: Uint8Array): StoredRecord {
    if (offsetOf(key) !== offset) throw this.#lost(lane, partition, offset)
    const record = parseRecord(key, value)
    if (record !== null) return record
    throw this.#corrupt(
      `${lane}, partition ${partition}: the record at offset ${offset} has a wrong checksum.`,
    )
  }

  #lost(lane: Lane, partition: number, offset: number): LogError {
    return this.#corrupt(`${lane}, partition ${partition}: the record at offset ${offset} is lost.`)
  }

  #corrupt(finding: string): LogError {
    return new LogError('corrupt', `${finding} ${damageAdvice(this.#database.directory)}`)
  }

  #guard<T>(reply: Promise<T>): Promise<T> {
    return reply.catch((error) => {
      throw this.#fault(error)
    })
  }

  #fault(error: unknown): LogError {
    return error instanceof LogError ? error : logFault(this.#database.fault(error))
  }
}

/** Converts a fault of the database into one of the log. */
export function logFault(fault: Error): LogError {
  const isDamage = fault instanceof DataDirectoryError && fault.code === 'damaged'
  return new LogError(isDamage ? 'corrupt' : 'unavailable', fault.message, { cause: fault })
}
