// A log that never loses what it took: appends are atomic, their replies may be lost. Each partition has a leader whose
// clock is off by a little, and by another little after a change of leader, so log time may step back.

import {
  COUNTED_LANES,
  type Lane,
  type Log,
  LogError,
  type LogRecord,
  type ReadLimit,
  type Source,
} from '../stores/log/log.ts'
import { OverflowLog } from '../stores/log/overflow/overflow-log.ts'
import { type Node, type Weather, weatheredCall } from './node.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { SimulatedObjects } from './simulated-store.ts'

type Partition = {
  readonly source: Source
  readonly records: LogRecord[]
  /** The same, with the bytes to which messages of the overload lane refer. */
  readonly meant: LogRecord[]
  skewMs: number
}

export class SimulatedLog {
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #weather: Weather
  readonly #skewMaxMs: number
  readonly #objects: SimulatedObjects
  readonly #onAppend: (source: Source, record: LogRecord) => void
  readonly #partitions = new Map<string, Partition>()
  #named = 0

  constructor(
    scheduler: Scheduler,
    random: Random,
    weather: Weather,
    skewMaxMs: number,
    objects: SimulatedObjects,
    onAppend: (source: Source, record: LogRecord) => void,
  ) {
    this.#scheduler = scheduler
    this.#random = random
    this.#weather = weather
    this.#skewMaxMs = skewMaxMs
    this.#objects = objects
    this.#onAppend = onAppend
  }

  /** The log as a process on this node sees it, with the production code for the overload lane. */
  on(node: Node): Log {
    const newName = () => `object-${this.#named++}`
    return new OverflowLog({
      log: this.#on(node),
      objects: this.#objects.on(node),
      clock: node.clock,
      newName,
    })
  }

  #on(node: Node): Log {
    const call = <T>(serve: () => T) => weatheredCall(node, this.#random, this.#weather, serve)
    return {
      append: (lane, partition, bytes) => {
        const sent = Uint8Array.from(bytes)
        return call(() => ({ offset: this.append(lane, partition, sent) }))
      },
      sources: (lane) => call(() => this.sources(lane)),
      bounds: (source) => call(() => ({ startOffset: 0, endOffset: this.records(source).length })),
      ends: (lane) =>
        call(() => this.sources(lane).map((source) => ({ source, endOffset: this.records(source).length }))),
      read: (source, fromOffset, limit) => this.#read(node, source, fromOffset, limit),
      offsetForTime: (source, timeMs) =>
        call(() => {
          const { records } = this.#partition(source.lane, source.partition)
          return records.find(({ logTimeMs }) => logTimeMs >= timeMs)?.offset ?? records.length
        }),
    }
  }

  append(lane: Lane, partition: number, bytes: Uint8Array): number {
    const { source, records, meant, skewMs } = this.#partition(lane, partition)
    const record = { offset: records.length, logTimeMs: this.#scheduler.nowMs + skewMs, bytes }
    records.push(record)
    meant.push(this.#objects.meantBy(source, record))
    this.#onAppend(source, meant.at(-1)!)
    return record.offset
  }

  sources(lane: Lane): Source[] {
    return Array.from(this.#partitions.values(), ({ source }) => source).filter(
      (source) => source.lane === lane,
    )
  }

  /** The sources of all lanes that the stream counts. */
  countedSources(): Source[] {
    return COUNTED_LANES.flatMap((lane) => this.sources(lane))
  }

  /** The records of the source, in whatever form they are stored. */
  records(source: Source): readonly LogRecord[] {
    return this.#partition(source.lane, source.partition).meant
  }

  /** Makes the partitions 0 … count-1 of these lanes. */
  ensurePartitions(count: number, lanes: readonly Lane[]): void {
    for (const lane of lanes) {
      for (let partition = 0; partition < count; partition++) this.#partition(lane, partition)
    }
  }

  changeLeaders(): void {
    for (const partition of this.#partitions.values()) partition.skewMs = this.#newSkewMs()
  }

  async #read(node: Node, source: Source, fromOffset: number, { bytesMax, waitMs }: ReadLimit) {
    const random = this.#random
    const serve = () => {
      const { records } = this.#partition(source.lane, source.partition)
      if (fromOffset > records.length)
        throw new LogError('offset_out_of_range', `${fromOffset} > ${records.length}`)
      const lot = records.slice(fromOffset, fromOffset + 1 + random.int(0, Math.ceil(bytesMax / 100)))
      return { records: lot, endOffset: records.length }
    }
    const slice = await weatheredCall(node, random, this.#weather, serve)
    if (slice.records.length > 0 || waitMs === 0) return slice
    return node.call(random.int(0, waitMs), 1, serve)
  }

  #partition(lane: Lane, partition: number): Partition {
    const id = `${lane}-${partition}`
    let held = this.#partitions.get(id)
    if (held === undefined) {
      held = { source: { lane, partition, id }, records: [], meant: [], skewMs: this.#newSkewMs() }
      this.#partitions.set(id, held)
    }
    return held
  }

  #newSkewMs(): number {
    return this.#random.int(-this.#skewMaxMs, this.#skewMaxMs)
  }
}
