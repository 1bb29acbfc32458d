// The log in one process, on classic-level: appends of all partitions share synced batches, and owners that keep up
// read from memory. Only one process at a time; the database locks out others.
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../../lib/clock.ts'
import { Slots } from '../../../lib/slots.ts'
import type { Carried } from '../../../lib/traceparents.ts'
import { changedHorizons, type EarlierHorizon } from '../../../model/horizons.ts'
import type { Naming } from '../../../model/naming.ts'
import { numbersValue } from '../../disk/checked-value.ts'
import { DataDirectoryError } from '../../disk/data-directory.ts'
import type { EntriesCopy } from '../../disk/database-copy.ts'
import { GroupCommit } from '../../disk/group-commit.ts'
import { LevelDatabase, type Operation } from '../../disk/level-database.ts'
import type { MarkState } from '../../disk/write-mark.ts'
import { closedLog, LANES, partitionsOf, sourceOf, unknownPartition, unknownSource } from '../lanes.ts'
import {
  type Lane,
  type Log,
  LogError,
  type LogSlice,
  type ReadLimit,
  type Source,
  type SourceEnd,
} from '../log.ts'
import { WaitingReaders } from '../waiting-readers.ts'
import { makeNaming, nameKeyEntry } from './naming.ts'
import { EMPTY_EXTENT, firstOffset, loadPartitions, type Partition, refuseOutOfRange } from './partition.ts'
import { logFault, RecordStore } from './record-store.ts'
import {
  type End,
  endKey,
  IDENTITY_KEY,
  type Identity,
  payloadBytes,
  recordKey,
  recordValue,
  type StoredRecord,
  stampRecord,
} from './records.ts'
import { TailCache } from './tail-cache.ts'

export type Retention = {
  readonly ageMs: number
  /** Of each partition. */
  readonly bytesMax: number
}

export type EmbeddedLogOptions = {
  readonly directory: string
  readonly clock: Clock
  /** The least number of partitions; a log that has more keeps them. */
  readonly partitions: number
  readonly retention: Retention
  /** The name of a new log: 8 hex digits that no other log has. */
  readonly newIncarnation?: () => string
  readonly cacheBytesMax?: number
}

export type SourceBounds = Source & { readonly startOffset: number; readonly endOffset: number }

export type LogCopy = {
  readonly entries: EntriesCopy
  /** What the copy holds of each source. */
  bounds(): Promise<readonly SourceBounds[]>
}

type Append = {
  readonly partition: Partition
  readonly value: Uint8Array
  readonly carried: Carried | undefined
}

const GROUP_BYTES_MAX = 4 << 20
const QUEUE_BYTES_MAX = 64 << 20
const CACHE_BYTES_MAX = 32 << 20

/**
 * Opens or makes the log. Fails with LogError `corrupt` if the directory is damaged, otherwise with a
 * DataDirectoryError: `locked`, `not_writable`, `unavailable`.
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EmbeddedLog> {
  const { directory, newIncarnation = () => randomBytes(4).toString('hex') } = options
  const birth = () => [
    identityEntry({ incarnation: newIncarnation(), partitions: options.partitions }),
    nameKeyEntry(),
  ]
  const database = await LevelDatabase.open(directory, birth).catch((error) => {
    throw error instanceof DataDirectoryError && error.code === 'damaged' ? logFault(error) : error
  })
  const store = new RecordStore(database)
  try {
    store.refuseLoss('the log')
    const identity = await store.identity()
    const partitions = await loadPartitions(store, identity)
    const naming =
      (await store.naming()) ?? (await makeNaming(store, partitions.flat(), options.clock.nowMs()))
    const log = new EmbeddedLog(options, store, identity.incarnation, naming, partitions)
    await log.growPartitions(options.partitions)
    return log
  } catch (error) {
    await store.close()
    throw error
  }
}

export class EmbeddedLog implements Log {
  /** Made with the log, and the same for as long as it lives. */
  readonly naming: Naming
  readonly #clock: Clock
  readonly #retention: Retention
  readonly #store: RecordStore
  readonly #incarnation: string
  readonly #lanes: ReadonlyMap<Lane, Partition[]>
  readonly #tails: TailCache
  readonly #waiting: WaitingReaders
  readonly #appends: GroupCommit<Append, { offset: number }>
  readonly #growths = new Slots(1)
  readonly #grown = new Set<() => void>()
  readonly #removals = new Slots(1)
  #closing: Promise<void> | null = null

  /** For openEmbeddedLog. `lanes`: the partitions of each lane, in the order of LANES. */
  constructor(
    options: EmbeddedLogOptions,
    store: RecordStore,
    incarnation: string,
    naming: Naming,
    lanes: Partition[][],
  ) {
    this.naming = naming
    this.#clock = options.clock
    this.#retention = options.retention
    this.#store = store
    this.#incarnation = incarnation
    this.#lanes = new Map(LANES.map((lane, i) => [lane, lanes[i]!]))
    this.#tails = new TailCache(options.cacheBytesMax ?? CACHE_BYTES_MAX)
    this.#waiting = new WaitingReaders(options.clock)
    this.#appends = new GroupCommit({
      commit: (group) => this.#commit(group),
      weightOf: ({ value }) => value.length,
      groupWeightMax: GROUP_BYTES_MAX,
      queueWeightMax: QUEUE_BYTES_MAX,
      refusal: () => new LogError('unavailable', `More than ${QUEUE_BYTES_MAX} bytes wait to be appended.`),
    })
  }

  /** What the log had lost when it was opened, according to its mark. */
  get state(): MarkState {
    return this.#store.state
  }

  /**
   * Notes that events may be so old from now on. Returns the shorter times before: what they have closed stays closed,
   * however often the log is opened.
   */
  async followHorizon(horizonMs: number): Promise<readonly EarlierHorizon[]> {
    const known = await this.#store.horizons()
    if (known?.horizonMs === horizonMs) return known.earlierHorizons
    const ends = Array.from(this.#lanes.values()).flat()
    const fromMs = ends.reduce((latest, { end }) => Math.max(latest, end.logTimeMs), this.#clock.nowMs())
    const next =
      known === null ? { horizonMs, earlierHorizons: [] } : changedHorizons(known, horizonMs, fromMs)
    await this.#store.writeHorizons(next)
    return next.earlierHorizons
  }

  /** What a record carries is held in memory alone, with the newest records. */
  async append(
    lane: Lane,
    partition: number,
    bytes: Uint8Array,
    carried?: Carried,
  ): Promise<{ offset: number }> {
    this.#refuseIfClosed()
    const held = this.#lanes.get(lane)?.[partition]
    if (held === undefined) throw unknownPartition(lane, partition)
    return this.#appends.submit({ partition: held, value: recordValue(bytes), carried })
  }

  async sources(lane: Lane): Promise<readonly Source[]> {
    this.#refuseIfClosed()
    return (this.#lanes.get(lane) ?? []).map(({ source }) => source)
  }

  async read(source: Source, fromOffset: number, limit: ReadLimit): Promise<LogSlice> {
    const partition = this.#find(source)
    if (fromOffset === partition.end.offset) {
      await this.#waiting.wait(source.id, limit.waitMs)
      this.#refuseIfClosed()
    }
    const endOffset = partition.end.offset
    refuseOutOfRange(partition, fromOffset)
    if (fromOffset === endOffset) return { records: [], endOffset }
    const cached = this.#tails.read(source.id, fromOffset, limit.bytesMax)
    if (cached !== null) return { records: cached, endOffset }
    try {
      return { records: await this.#store.read(source, fromOffset, endOffset, limit.bytesMax), endOffset }
    } catch (error) {
      refuseOutOfRange(partition, fromOffset) // retention has removed the records meanwhile
      throw error
    }
  }

  async bounds(source: Source): Promise<{ startOffset: number; endOffset: number }> {
    const { startOffset, end } = this.#find(source)
    return { startOffset, endOffset: end.offset }
  }

  async ends(lane: Lane): Promise<readonly SourceEnd[]> {
    this.#refuseIfClosed()
    return (this.#lanes.get(lane) ?? []).map(({ source, end }) => ({ source, endOffset: end.offset }))
  }

  async offsetForTime(source: Source, timeMs: number): Promise<number> {
    const partition = this.#find(source)
    if (partition.end.logTimeMs < timeMs) return partition.end.offset
    return firstOffset(partition, this.#recordAt, (record) => record.logTimeMs >= timeMs)
  }

  /** Adds partitions up to `count`, durably; there are never fewer than before. */
  growPartitions(count: number): Promise<void> {
    return this.#growths.use(() => this.#grow(count))
  }

  /** Calls back each time that there are more partitions. */
  whenGrown(tell: () => void): void {
    this.#grown.add(tell)
  }

  /**
   * Removes what is older than `ageMs` and what exceeds `bytesMax`, but nothing at or after `protectedFrom(source)`,
   * the offset from which an owner still needs to read.
   */
  enforceRetention(protectedFrom: (source: Source) => Promise<number>): Promise<void> {
    return this.#removals.use(() => this.#enforceRetention(protectedFrom))
  }

  /** Runs a task while no record is removed. */
  whileKept<T>(task: () => Promise<T>): Promise<T> {
    return this.#removals.use(task)
  }

  /** What the log holds now, to be read later. */
  copy(): LogCopy {
    this.#refuseIfClosed()
    const entries = this.#store.copy()
    const sources = [...this.#lanes.values()].flat().map(({ source }) => source)
    const bounds = async () => {
      const found: SourceBounds[] = []
      for (const source of sources)
        found.push({ ...source, ...(await this.#store.boundsIn(entries, source)) })
      return found
    }
    return { entries, bounds }
  }

  async #enforceRetention(protectedFrom: (source: Source) => Promise<number>): Promise<void> {
    this.#refuseIfClosed()
    for (const partition of [...this.#lanes.values()].flat()) {
      const cut = Math.min(await this.#retentionCut(partition), await protectedFrom(partition.source))
      if (cut <= partition.startOffset) continue
      await this.#store.removeBefore(partition.source, cut, () => {
        partition.startOffset = cut
      })
    }
  }

  /** Finishes the appends in flight, wakes waiting readers with `closed`, and unlocks the directory. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#waiting.wakeAll()
    await this.#appends.drained()
    await this.#store.close()
  }

  async #grow(count: number): Promise<void> {
    if (count <= this.#lanes.get('events')!.length) return
    await this.#store.write([identityEntry({ incarnation: this.#incarnation, partitions: count })])
    for (const [lane, partitions] of this.#lanes) {
      while (partitions.length < partitionsOf(lane, count)) {
        const source = sourceOf(this.#incarnation, lane, partitions.length)
        partitions.push({ source, ...EMPTY_EXTENT })
      }
    }
    for (const tell of this.#grown) tell()
  }

  async #commit(group: readonly Append[]): Promise<{ offset: number }[]> {
    await this.#store.heal(() => this.#reload())
    const nowMs = this.#clock.nowMs()
    const ends = new Map<Partition, End>()
    const operations: Operation[] = []
    const appended = group.map(({ partition, value, carried }) => {
      const { source, end: storedEnd } = partition
      const last = ends.get(partition) ?? storedEnd
      const place = { ...last, logTimeMs: Math.max(last.logTimeMs, nowMs) }
      const key = recordKey(source.lane, source.partition, place.offset)
      const stamped = stampRecord(value, key, place)
      const record = carried === undefined ? stamped : { ...stamped, ...carried }
      operations.push({ type: 'put', key, value })
      ends.set(partition, {
        ...place,
        offset: place.offset + 1,
        position: place.position + payloadBytes(value),
      })
      return { source, record }
    })
    for (const [{ source }, end] of ends) operations.push(endEntry(source, end))
    await this.#store.write(operations)
    for (const { source, record } of appended) this.#tails.add(source.id, record)
    for (const [partition, end] of ends) partition.end = end
    for (const { source } of ends.keys()) this.#waiting.wake(source.id)
    return appended.map(({ record }) => ({ offset: record.offset }))
  }

  /** Called after a failed write, when its outcome is known. */
  async #reload(): Promise<void> {
    this.#tails.clear()
    for (const partition of [...this.#lanes.values()].flat()) {
      Object.assign(partition, await this.#store.extent(partition.source))
    }
    this.#waiting.wakeAll()
  }

  async #retentionCut(partition: Partition): Promise<number> {
    const { ageMs, bytesMax } = this.#retention
    const oldestMs = this.#clock.nowMs() - ageMs
    const firstPosition = partition.end.position - bytesMax
    const stays = (record: StoredRecord) => record.logTimeMs >= oldestMs && record.position >= firstPosition
    return firstOffset(partition, this.#recordAt, stays)
  }

  readonly #recordAt = async (source: Source, offset: number): Promise<StoredRecord> => {
    const [cached] = this.#tails.read(source.id, offset, 0) ?? []
    return cached ?? this.#store.at(source.lane, source.partition, offset)
  }

  #find(source: Source): Partition {
    this.#refuseIfClosed()
    const held = this.#lanes.get(source.lane)?.[source.partition]
    if (held === undefined) throw unknownPartition(source.lane, source.partition)
    if (held.source.id !== source.id) throw unknownSource(source)
    return held
  }

  #refuseIfClosed(): void {
    if (this.#closing !== null) throw closedLog()
  }
}

function identityEntry({ incarnation, partitions }: Identity): Operation {
  const numbers = [Number.parseInt(incarnation, 16), partitions]
  return { type: 'put', key: IDENTITY_KEY, value: numbersValue(IDENTITY_KEY, numbers) }
}

function endEntry({ lane, partition }: Source, { offset, position, logTimeMs }: End): Operation {
  const key = endKey(lane, partition)
  return { type: 'put', key, value: numbersValue(key, [offset, position, logTimeMs]) }
}
