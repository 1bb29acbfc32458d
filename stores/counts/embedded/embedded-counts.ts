// The counts in one process, on classic-level. The sums of hours and days are written in the same batch as the rows
// that they add up, so that a year is read as a few hundred sums. Only one process at a time; the database locks out
// others.

import {
  type Bucket,
  hourOf,
  MINUTES_PER_DAY,
  MINUTES_PER_HOUR,
  type Series,
  type VideoName,
} from '../../../model/bucket.ts'
import type { Quarters } from '../../../model/quarters.ts'
import { ALL_SERIES, isInRange } from '../../../model/series-range.ts'
import { type Aggregate, add, EMPTY, isSame, type Total } from '../../../model/total.ts'
import { DataDirectoryError } from '../../disk/data-directory.ts'
import { GroupCommit } from '../../disk/group-commit.ts'
import type { Operation } from '../../disk/level-database.ts'
import type {
  Checkpoint,
  CountAudit,
  CountReader,
  CountRow,
  CountWriter,
  HeldMinute,
  Period,
  PeriodRange,
  RefusedRow,
  Resolution,
  VideoScan,
} from '../counts.ts'
import { HeldMinutes } from '../held-minutes.ts'
import { quarterPeriods } from '../hour-periods.ts'
import {
  type Change,
  changeOf,
  quartersOfRows,
  type Removal,
  removalOf,
  type SourceRows,
  type Stored,
} from './change.ts'
import {
  CHECKPOINT_RANGE,
  checkpointKey,
  checkpointSource,
  checkpointValue,
  keyRange,
  parseAggregate,
  parseCheckpoint,
  parseSum,
  parseTotal,
  parseWrittenKey,
  rowKey,
  type SeriesPeriod,
  type Sum,
  seriesKey,
  sourceOf,
  startOf,
  sumValue,
  TYPES_RANGE,
  totalValue,
  typesKey,
  typesSeries,
  writtenRange,
} from './rows.ts'
import type { SharedDatabase } from './shared-database.ts'
import { ValueCache } from './value-cache.ts'

type Write = SourceRows & { readonly checkpoint: Checkpoint | null }

/** Rows that are written in one batch, and rows that may wait for it. */
const GROUP_ROWS_MAX = 2_000
const QUEUE_ROWS_MAX = 200_000
/** About 300 bytes each. */
const CACHED_TOTALS_MAX = 50_000
const CACHED_SUMS_MAX = 50_000
/** About 100 bytes each. */
const KNOWN_SERIES_MAX = 20_000

/** All calls fail with a DataDirectoryError. */
export class EmbeddedCounts implements CountWriter, CountReader, CountAudit, VideoScan {
  readonly #database: SharedDatabase
  readonly #totals: ValueCache<Total>
  readonly #sums: ValueCache<Sum>
  readonly #checkpoints = new Map<string, Checkpoint>()
  readonly #known = new Set<string>()
  readonly #writes: GroupCommit<Write, undefined>
  #closing: Promise<void> | null = null

  constructor(database: SharedDatabase) {
    this.#database = database
    database.onHealed(() => this.#reload())
    this.#totals = new ValueCache({ database, parse: parseTotal, entriesMax: CACHED_TOTALS_MAX })
    this.#sums = new ValueCache({ database, parse: parseSum, entriesMax: CACHED_SUMS_MAX })
    this.#writes = new GroupCommit({
      commit: (group) => this.#commit(group),
      weightOf: ({ rows }) => rows.length + 1,
      groupWeightMax: GROUP_ROWS_MAX,
      queueWeightMax: QUEUE_ROWS_MAX,
      refusal: () =>
        new DataDirectoryError('unavailable', `More than ${QUEUE_ROWS_MAX} rows wait to be stored.`),
    })
  }

  async write(sourceId: string, rows: readonly CountRow[]): Promise<readonly RefusedRow[]> {
    // One part at a time: all together would fill the queue, be refused, and start again from the first.
    for (let i = 0; i < rows.length; i += GROUP_ROWS_MAX) {
      this.#refuseIfClosed()
      const part = rows.slice(i, i + GROUP_ROWS_MAX)
      await this.#writes.submit({ sourceId, rows: part, checkpoint: null })
    }
    return []
  }

  async hydrate(sourceId: string, buckets: readonly Bucket[]): Promise<readonly (Total | null)[]> {
    const keys = buckets.map((bucket) => rowKey(bucket, sourceId))
    const totals = await this.#totals.getMany(keys)
    return keys.map((key) => totals.get(key) ?? null)
  }

  async readCheckpoint(sourceId: string): Promise<Checkpoint | null> {
    return this.#checkpoints.get(sourceId) ?? null
  }

  async writeCheckpoint(sourceId: string, checkpoint: Checkpoint): Promise<void> {
    this.#refuseIfClosed()
    await this.#writes.submit({ sourceId, rows: [], checkpoint })
  }

  /** The checkpoints of all sources, for the audit's ledger. */
  async checkpoints(): Promise<ReadonlyMap<string, Checkpoint>> {
    return new Map(this.#checkpoints)
  }

  async read(series: Series, range: PeriodRange): Promise<{ periods: readonly Period[]; stale: boolean }> {
    const isKnown = await this.#isKnown(series)
    return { periods: isKnown ? await this.#periods(series, range) : [], stale: false }
  }

  async heldMinutes(series: Series, from: number, to: number): Promise<readonly HeldMinute[]> {
    const prefixLength = seriesKey('minute', series).length
    const held = new HeldMinutes()
    for await (const entries of this.#database.entries(keyRange('minute', series, from, to))) {
      for (const [key, value] of entries) {
        held.add(startOf(key, prefixLength), sourceOf(key, prefixLength), this.#totals.parse(key, value))
      }
    }
    return held.list()
  }

  async writtenHours(from: number, to: number): Promise<readonly number[]> {
    const hours: number[] = []
    const pastHour = (key: string) => {
      const { start } = parseWrittenKey(key)
      return hours.at(-1) === start ? writtenRange(start + MINUTES_PER_HOUR, to).gte : null
    }
    for await (const key of this.#database.walk(writtenRange(from, to), pastHour)) {
      hours.push(parseWrittenKey(key).start)
    }
    return hours
  }

  async *writtenSeries(hour: number, range = ALL_SERIES): AsyncGenerator<readonly Series[]> {
    for await (const entries of this.#database.entries(writtenRange(hour, hour + MINUTES_PER_HOUR))) {
      const series = entries.map(([key]) => parseWrittenKey(key).series)
      yield series.filter((one) => isInRange(range, one))
    }
  }

  /** All rows from a minute on, in batches of one source: to fill what is derived from rows when a process starts. */
  async *rowsFrom(minute: number): AsyncGenerator<{ sourceId: string; rows: readonly CountRow[] }> {
    for await (const types of this.#database.entries(TYPES_RANGE)) {
      for (const [typeKey] of types) {
        const series = typesSeries(typeKey)
        const prefixLength = seriesKey('minute', series).length
        for await (const entries of this.#database.entries(keyRange('minute', series, minute))) {
          const bySource = Map.groupBy(entries, ([key]) => sourceOf(key, prefixLength))
          for (const [sourceId, own] of bySource) {
            const rows = own.map(([key, value]) => {
              const bucket = { ...series, minute: startOf(key, prefixLength) }
              return { bucket, total: this.#totals.parse(key, value) }
            })
            yield { sourceId, rows }
          }
        }
      }
    }
  }

  async types(tenant: string, videoId: string): Promise<readonly string[]> {
    const prefix = typesKey(tenant, videoId)
    const keys = await this.#database.keys({ gte: prefix, lt: `${prefix}~` })
    return keys.map((key) => key.slice(prefix.length))
  }

  videos(): AsyncIterable<readonly VideoName[]> {
    return this.#database.videos(TYPES_RANGE, ({ tenant, videoId }) => `${typesKey(tenant, videoId)}~`)
  }

  async firstMinute(series: Series): Promise<number | null> {
    if (!(await this.#isKnown(series))) return null
    const day = await this.#first('day', series)
    if (day === null) return null
    const hour = (await this.#first('hour', series, day, day + MINUTES_PER_DAY)) ?? day
    return (await this.#first('minute', series, hour, hour + MINUTES_PER_HOUR)) ?? hour
  }

  /**
   * Removes the rows of those hours for which `mayGo` still returns true when their turn comes, and adds up their
   * days again. Returns how many rows.
   */
  removeHours(hours: readonly SeriesPeriod[], mayGo: (hour: number) => boolean): Promise<number> {
    return this.#database.change(async () => {
      const going = hours.filter(({ start }) => mayGo(start))
      const removal = await removalOf(going, this.#stored)
      await this.#database.write(removalOperations(removal))
      for (const key of removal.rows) this.#totals.delete(key)
      for (const key of removal.sums) this.#sums.delete(key)
      for (const [key, sum] of removal.days) this.#sums.set(key, sum)
      return removal.rows.length
    })
  }

  /** Finishes the writes in flight and unlocks the directory. */
  close(): Promise<void> {
    this.#closing ??= this.#writes.drained().then(() => this.#database.close())
    return this.#closing
  }

  /** Reads the checkpoints again from disk. */
  async loadCheckpoints(): Promise<void> {
    for await (const entries of this.#database.entries(CHECKPOINT_RANGE)) {
      for (const [key, value] of entries) {
        this.#checkpoints.set(checkpointSource(key), this.#database.checked(key, value, parseCheckpoint))
      }
    }
  }

  #commit(group: readonly Write[]): Promise<undefined[]> {
    return this.#database.change(async () => {
      const checkpoints = this.#newerCheckpoints(group)
      const change = await changeOf(group, this.#stored)
      const operations = operationsOf(change, checkpoints)
      if (operations.length > 0) await this.#database.write(operations)
      for (const [key, total] of change.totals) this.#totals.set(key, total)
      for (const [key, sum] of change.sums) this.#sums.set(key, sum)
      for (const [sourceId, checkpoint] of checkpoints) this.#checkpoints.set(sourceId, checkpoint)
      return group.map(() => undefined)
    })
  }

  #newerCheckpoints(group: readonly Write[]): Map<string, Checkpoint> {
    const newer = new Map<string, Checkpoint>()
    for (const { sourceId, checkpoint } of group) {
      const held = newer.get(sourceId) ?? this.#checkpoints.get(sourceId)
      if (checkpoint !== null && checkpoint.offset >= (held?.offset ?? -1)) newer.set(sourceId, checkpoint)
    }
    return newer
  }

  /** Called after a failed write, when its outcome is known. */
  async #reload(): Promise<void> {
    this.#totals.clear()
    this.#sums.clear()
    await this.loadCheckpoints()
  }

  readonly #stored: Stored = {
    totals: (keys) => this.#totals.getMany(keys),
    sums: (keys) => this.#sums.getMany(keys),
    rows: async (series, from, to) => {
      const rows = new Map<string, Total>()
      for await (const entries of this.#database.entries(keyRange('minute', series, from, to))) {
        for (const [key, value] of entries) rows.set(key, this.#totals.parse(key, value))
      }
      return rows
    },
  }

  /**
   * Whether the series ever had a row. One that nobody sent needs no scan then: LevelDB's iterators are freed all in
   * one turn of the event loop, and questions about thousands of unknown videos would make it a long one.
   */
  async #isKnown({ tenant, videoId, type }: Series): Promise<boolean> {
    const key = typesKey(tenant, videoId) + type
    if (this.#known.has(key)) return true
    const [note] = await this.#database.getMany([key])
    if (note === undefined) return false
    if (this.#known.size >= KNOWN_SERIES_MAX) this.#known.clear()
    this.#known.add(key)
    return true
  }

  async #first(
    resolution: Exclude<Resolution, 'quarter'>,
    series: Series,
    from?: number,
    to?: number,
  ): Promise<number | null> {
    const key = await this.#database.firstKey(keyRange(resolution, series, from, to))
    return key === null ? null : startOf(key, seriesKey(resolution, series).length)
  }

  async #periods(series: Series, { resolution, from, to }: PeriodRange): Promise<Period[]> {
    if (resolution === 'quarter') return this.#quarters(series, from, to)
    const prefixLength = seriesKey(resolution, series).length
    const periods: { start: number; aggregate: Aggregate }[] = []
    for await (const entries of this.#database.entries(keyRange(resolution, series, from, to))) {
      for (const [key, value] of entries) {
        const start = startOf(key, prefixLength)
        const aggregate = this.#database.checked(key, value, parseAggregate)
        const last = periods.at(-1)
        if (last?.start === start) last.aggregate = add(last.aggregate, aggregate)
        else periods.push({ start, aggregate })
      }
    }
    return periods
  }

  async #quarters(series: Series, from: number, to: number): Promise<Period[]> {
    const prefixLength = seriesKey('hour', series).length
    const periods: Period[] = []
    for await (const entries of this.#database.entries(keyRange('hour', series, hourOf(from), to))) {
      for (const [key, value] of entries) {
        const hour = startOf(key, prefixLength)
        const sum = this.#sums.parse(key, value)
        const quarters = sum.quarters ?? (await this.#addedUp(series, hour))
        const asked = quarterPeriods(hour, sum, quarters, { from, to })
        periods.push(...asked.filter(({ aggregate }) => !isSame(aggregate, EMPTY)))
      }
    }
    return periods
  }

  /** For an hour that an earlier release wrote and that was not written since. */
  async #addedUp(series: Series, hour: number): Promise<Quarters> {
    return quartersOfRows(series, await this.#stored.rows(series, hour, hour + MINUTES_PER_HOUR))
  }

  #refuseIfClosed(): void {
    if (this.#closing === null) return
    throw new DataDirectoryError('unavailable', `The counts in ${this.#database.directory} are closed.`)
  }
}

function removalOperations({ rows, sums, notes, days }: Removal): Operation[] {
  return [
    ...[...rows, ...sums, ...notes].map((key) => ({ type: 'del', key }) as const),
    ...Array.from(days, ([key, sum]) => ({ type: 'put', key, value: sumValue(key, sum) }) as const),
  ]
}

function operationsOf(change: Change, checkpoints: ReadonlyMap<string, Checkpoint>): Operation[] {
  const operations: Operation[] = []
  const put = (key: string, value: Uint8Array) => operations.push({ type: 'put', key, value })
  for (const [key, total] of change.totals) put(key, totalValue(key, total))
  for (const [key, sum] of change.sums) put(key, sumValue(key, sum))
  for (const key of change.notes) put(key, new Uint8Array())
  for (const [sourceId, checkpoint] of checkpoints) {
    const key = checkpointKey(sourceId)
    put(key, checkpointValue(key, checkpoint))
  }
  return operations
}
