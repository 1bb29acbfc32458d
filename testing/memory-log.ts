// The log in memory: the reference form, for tests and simulations. It stores nothing durably.
import type { Clock } from '../lib/clock.ts'
import type { Carried } from '../lib/traceparents.ts'
import {
  closedLog,
  LANES,
  outOfRange,
  partitionsOf,
  sourceOf,
  unknownPartition,
  unknownSource,
} from '../stores/log/lanes.ts'
import type { Lane, Log, LogRecord, LogSlice, ReadLimit, Source, SourceEnd } from '../stores/log/log.ts'
import { WaitingReaders } from '../stores/log/waiting-readers.ts'

export type MemoryLogOptions = {
  readonly clock: Clock
  readonly partitions: number
  readonly incarnation?: string
}

type Partition = { startOffset: number; readonly records: LogRecord[] }

export class MemoryLog implements Log {
  readonly #clock: Clock
  readonly #incarnation: string
  readonly #lanes = new Map<Lane, Partition[]>(LANES.map((lane) => [lane, []]))
  readonly #waiting: WaitingReaders
  #closed = false

  constructor({ clock, partitions, incarnation = '00000000' }: MemoryLogOptions) {
    this.#clock = clock
    this.#incarnation = incarnation
    this.#waiting = new WaitingReaders(clock)
    this.growPartitions(partitions)
  }

  async append(
    lane: Lane,
    partition: number,
    bytes: Uint8Array,
    carried: Carried = {},
  ): Promise<{ offset: number }> {
    this.#refuseIfClosed()
    const held = this.#lanes.get(lane)?.[partition]
    if (held === undefined) throw unknownPartition(lane, partition)
    const offset = endOf(held)
    const logTimeMs = Math.max(held.records.at(-1)?.logTimeMs ?? 0, this.#clock.nowMs())
    held.records.push({ offset, logTimeMs, bytes: new Uint8Array(bytes), ...carried })
    this.#waiting.wake(sourceOf(this.#incarnation, lane, partition).id)
    return { offset }
  }

  async sources(lane: Lane): Promise<readonly Source[]> {
    this.#refuseIfClosed()
    const partitions = this.#lanes.get(lane) ?? []
    return partitions.map((_, partition) => sourceOf(this.#incarnation, lane, partition))
  }

  async read(source: Source, fromOffset: number, limit: ReadLimit): Promise<LogSlice> {
    const held = this.#find(source)
    if (fromOffset === endOf(held)) {
      await this.#waiting.wait(source.id, limit.waitMs)
      this.#refuseIfClosed()
    }
    const endOffset = endOf(held)
    if (!(fromOffset >= held.startOffset && fromOffset <= endOffset)) {
      throw outOfRange(source, fromOffset, held.startOffset, endOffset)
    }
    const records: LogRecord[] = []
    let bytes = 0
    for (let i = fromOffset - held.startOffset; i < held.records.length; i++) {
      const record = held.records[i]!
      records.push(record)
      bytes += record.bytes.length
      if (bytes >= limit.bytesMax) break
    }
    return { records, endOffset }
  }

  async bounds(source: Source): Promise<{ startOffset: number; endOffset: number }> {
    const held = this.#find(source)
    return { startOffset: held.startOffset, endOffset: endOf(held) }
  }

  async ends(lane: Lane): Promise<readonly SourceEnd[]> {
    const partitions = this.#lanes.get(lane) ?? []
    return (await this.sources(lane)).map((source, i) => ({ source, endOffset: endOf(partitions[i]!) }))
  }

  async offsetForTime(source: Source, timeMs: number): Promise<number> {
    const held = this.#find(source)
    return held.records.find((record) => record.logTimeMs >= timeMs)?.offset ?? endOf(held)
  }

  /** Adds partitions up to `count`; there are never fewer than before. */
  growPartitions(count: number): void {
    for (const [lane, partitions] of this.#lanes) {
      while (partitions.length < partitionsOf(lane, count)) partitions.push({ startOffset: 0, records: [] })
    }
  }

  /** Removes all records before `offset`, as retention would. */
  trim(source: Source, offset: number): void {
    const held = this.#find(source)
    const removed = held.records.splice(0, Math.max(0, offset - held.startOffset))
    held.startOffset += removed.length
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#waiting.wakeAll()
  }

  #find(source: Source): Partition {
    this.#refuseIfClosed()
    const held = this.#lanes.get(source.lane)?.[source.partition]
    if (held === undefined) throw unknownPartition(source.lane, source.partition)
    if (source.id !== sourceOf(this.#incarnation, source.lane, source.partition).id) {
      throw unknownSource(source)
    }
    return held
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw closedLog()
  }
}

function endOf(partition: Partition): number {
  return partition.startOffset + partition.records.length
}
