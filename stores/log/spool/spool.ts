// Records on this machine's disk that wait for the log to come back: a queue per partition, all of them in
// one database and under one bound. Appends of all partitions share synced batches. Knows nothing of the log.
import { statfs } from 'node:fs/promises'
import type { Clock } from '../../../lib/clock.ts'
import { Slots } from '../../../lib/slots.ts'
import { numbersValue } from '../../disk/checked-value.ts'
import { DataDirectoryError } from '../../disk/data-directory.ts'
import { GroupCommit } from '../../disk/group-commit.ts'
import { LevelDatabase, type Operation } from '../../disk/level-database.ts'
import { EMPTY_EXTENT, loadPartitions } from '../embedded/partition.ts'
import { logFault, RecordStore } from '../embedded/record-store.ts'
import { type End, endKey, IDENTITY_KEY, recordKey, recordValue, stampRecord } from '../embedded/records.ts'
import { partitionsOf, sourceOf, unknownPartition } from '../lanes.ts'
import { type Lane, LogError, type LogRecord, type Source } from '../log.ts'
import {
  type Backlog,
  bytesOf,
  NOT_SET_BACK,
  pastRecord,
  recordsOf,
  type Start,
  weightOf,
} from './backlog.ts'

export type SpoolOptions = {
  readonly clock: Clock
  /** The bytes of all records with their overhead. The database may need twice as much until it has compacted. */
  readonly bytesMax: number
  /** What of these another spool uses; nothing by default. */
  readonly bytesElsewhere?: () => number
  /** Free disk space for ordinary users; read from the system by default. */
  readonly freeBytes?: () => Promise<number>
}

/** The records that wait in the spool as a whole. */
export type SpoolExtent = {
  readonly records: number
  readonly bytes: number
  /** When the oldest waiting record was spooled, epoch ms; null while nothing waits. */
  readonly oldestAtMs: number | null
}

type Append = { readonly backlog: Backlog; readonly value: Uint8Array }

/** Offsets count everything that this partition ever spooled; a spool never changes its incarnation. */
const INCARNATION = '00000000'
const GROUP_BYTES_MAX = 4 << 20
const QUEUE_BYTES_MAX = 64 << 20
/**
 * Disk space to leave free, in addition to the size of the spool: to remove records, LevelDB may first rewrite the
 * others. On a full disk it could never free space by itself.
 */
const FREE_BYTES_MIN = 64 << 20

export class Spool {
  readonly #clock: Clock
  readonly #bytesMax: number
  readonly #bytesElsewhere: () => number
  readonly #freeBytes: () => Promise<number>
  readonly #store: RecordStore
  readonly #backlogs = new Map<string, Backlog>()
  readonly #appends: GroupCommit<Append, { isKept: boolean }>
  /** The number of partitions of every lane on disk. */
  #partitions = 0
  readonly #turns = new Slots(1)

  private constructor(
    database: LevelDatabase,
    { clock, bytesMax, bytesElsewhere = () => 0, freeBytes }: SpoolOptions,
  ) {
    this.#clock = clock
    this.#bytesMax = bytesMax
    this.#bytesElsewhere = bytesElsewhere
    this.#freeBytes = freeBytes ?? (() => freeBytesOf(database))
    this.#store = new RecordStore(database)
    this.#appends = new GroupCommit({
      commit: (group) => this.#inTurn(() => this.#commit(group)),
      weightOf: ({ value }) => value.length,
      groupWeightMax: GROUP_BYTES_MAX,
      queueWeightMax: QUEUE_BYTES_MAX,
      refusal: () => new LogError('unavailable', `More than ${QUEUE_BYTES_MAX} bytes wait to be spooled.`),
    })
  }

  /**
   * Opens or makes the spool. Fails with LogError `corrupt` if the directory is damaged, and otherwise with a
   * DataDirectoryError: `locked` (each process needs a spool of its own), `not_writable`, `unavailable`.
   */
  static async open(directory: string, options: SpoolOptions): Promise<Spool> {
    const database = await LevelDatabase.open(directory, () => [partitionsEntry(0)]).catch((error) => {
      throw error instanceof DataDirectoryError && error.code === 'damaged' ? logFault(error) : error
    })
    return Spool.load(database, options)
  }

  /** The spool in a database that is open; closes it where its content is damaged. */
  static async load(database: LevelDatabase, options: SpoolOptions): Promise<Spool> {
    const spool = new Spool(database, options)
    try {
      spool.#store.refuseLoss('the spool')
      await spool.#load()
      return spool
    } catch (error) {
      await spool.#store.close()
      throw error
    }
  }

  /**
   * Resolves when the record is synced to disk. Fails with LogError `unavailable` if the spool or the disk is full
   * (the record is not stored) or the disk fails (it may be stored).
   */
  async append(lane: Lane, partition: number, bytes: Uint8Array): Promise<void> {
    if (partition >= partitionsOf(lane, Number.POSITIVE_INFINITY)) throw unknownPartition(lane, partition)
    const backlog = this.#backlogOf(lane, partition)
    const { isKept } = await this.#appends.submit({ backlog, value: recordValue(bytes) })
    if (isKept) return
    const message = `The spool is full: it has its ${this.#bytesMax} bytes, or the disk too little room.`
    throw new LogError('unavailable', message)
  }

  /** A partition's oldest records, up to the one that reaches `bytesMax`; at least one if one waits. */
  read(source: Source, bytesMax: number): Promise<readonly LogRecord[]> {
    return this.#inTurn(async () => {
      const { startOffset, end } = this.#backlogOf(source.lane, source.partition)
      return startOffset === end.offset ? [] : this.#store.read(source, startOffset, end.offset, bytesMax)
    })
  }

  /** Removes a partition's records before an offset, durably; to repeat it is safe. */
  removeBefore(source: Source, offset: number): Promise<void> {
    return this.#inTurn(async () => {
      const backlog = this.#backlogOf(source.lane, source.partition)
      if (offset <= backlog.startOffset) return
      const first = await this.#startAt(source, offset, backlog.end)
      await this.#store.removeBefore(source, offset, () => {
        backlog.startOffset = offset
        backlog.first = first
        if (first === null) backlog.setBackToMs = NOT_SET_BACK
      })
    })
  }

  /** The offset of a partition's oldest record, or null where none waits. */
  firstOffset({ lane, partition }: Source): number | null {
    const { first, startOffset } = this.#backlogOf(lane, partition)
    return first === null ? null : startOffset
  }

  /** A partition as the spool names it. */
  source(lane: Lane, partition: number): Source {
    return sourceOf(INCARNATION, lane, partition)
  }

  /** The partitions for which records wait. */
  sources(): readonly Source[] {
    return this.#waiting().map(({ source }) => source)
  }

  extent(): SpoolExtent {
    let records = 0
    let bytes = 0
    let oldestAtMs: number | null = null
    for (const backlog of this.#waiting()) {
      records += recordsOf(backlog)
      bytes += bytesOf(backlog)
      const { first, setBackToMs } = backlog
      oldestAtMs = Math.min(oldestAtMs ?? Number.POSITIVE_INFINITY, first!.logTimeMs, setBackToMs)
    }
    return { records, bytes, oldestAtMs }
  }

  /** Finishes the appends in flight and unlocks the directory. To be called once, after the last other call. */
  async close(): Promise<void> {
    await this.#appends.drained()
    await this.#turns.use(() => this.#store.close())
  }

  /** One at a time, so that nothing else is in flight when a failed write is repaired. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    return this.#turns.use(async () => {
      await this.#store.heal(() => this.#load())
      return task()
    })
  }

  async #commit(group: readonly Append[]): Promise<{ isKept: boolean }[]> {
    const nowMs = this.#clock.nowMs()
    const after = new Map<Backlog, Pick<Backlog, 'end' | 'first' | 'setBackToMs'>>()
    const operations: Operation[] = []
    let room = await this.#room()
    const results = group.map(({ backlog, value }) => {
      const weight = weightOf(value)
      if (weight > room) return { isKept: false }
      room -= weight
      const { end, first, setBackToMs } = after.get(backlog) ?? backlog
      const place = { ...end, logTimeMs: Math.max(end.logTimeMs, nowMs) }
      const key = recordKey(backlog.source.lane, backlog.source.partition, end.offset)
      stampRecord(value, key, place)
      operations.push({ type: 'put', key, value })
      after.set(backlog, {
        end: pastRecord(place, value),
        first: first ?? place,
        setBackToMs: nowMs < place.logTimeMs ? Math.min(setBackToMs, nowMs) : setBackToMs,
      })
      return { isKept: true }
    })
    if (operations.length === 0) return results
    const partitions = Math.max(this.#partitions, ...group.map(({ backlog }) => backlog.source.partition + 1))
    for (const [{ source }, { end }] of after) operations.push(endEntry(source, end))
    if (partitions > this.#partitions) operations.push(partitionsEntry(partitions))
    await this.#store.write(operations)
    this.#partitions = partitions
    for (const [backlog, state] of after) Object.assign(backlog, state)
    return results
  }

  /** How many bytes may still be spooled. */
  async #room(): Promise<number> {
    const { bytes } = this.extent()
    const spareBytes = (await this.#freeBytes()) - FREE_BYTES_MIN - bytes
    return Math.min(this.#bytesMax - this.#bytesElsewhere() - bytes, spareBytes / 2)
  }

  /** Called at the start, and again after a failed write, when its outcome is known. */
  async #load(): Promise<void> {
    const identity = await this.#store.identity()
    for (const { source, startOffset, end } of (await loadPartitions(this.#store, identity)).flat()) {
      const first = await this.#startAt(source, startOffset, end)
      Object.assign(this.#backlogOf(source.lane, source.partition), { startOffset, end, first })
    }
    this.#partitions = identity.partitions
  }

  async #startAt({ lane, partition }: Source, offset: number, end: End): Promise<Start | null> {
    if (offset === end.offset) return null
    const { position, logTimeMs } = await this.#store.at(lane, partition, offset)
    return { position, logTimeMs }
  }

  #backlogOf(lane: Lane, partition: number): Backlog {
    const source = sourceOf(INCARNATION, lane, partition)
    let backlog = this.#backlogs.get(source.id)
    if (backlog === undefined) {
      backlog = { source, ...EMPTY_EXTENT, first: null, setBackToMs: NOT_SET_BACK }
      this.#backlogs.set(source.id, backlog)
    }
    return backlog
  }

  #waiting(): Backlog[] {
    return Array.from(this.#backlogs.values()).filter(({ first }) => first !== null)
  }
}

async function freeBytesOf(database: LevelDatabase): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(database.directory)
    return bavail * bsize
  } catch (error) {
    throw logFault(database.fault(error))
  }
}

function partitionsEntry(partitions: number): Operation {
  const numbers = [Number.parseInt(INCARNATION, 16), partitions]
  return { type: 'put', key: IDENTITY_KEY, value: numbersValue(IDENTITY_KEY, numbers) }
}

function endEntry({ lane, partition }: Source, { offset, position, logTimeMs }: End): Operation {
  const key = endKey(lane, partition)
  return { type: 'put', key, value: numbersValue(key, [offset, position, logTimeMs]) }
}
