// The counts on Cassandra: last write wins by the timestamps of law 2, so that no write needs a read, a lock or an
// order.
import type { Client } from 'cassandra-driver'
import type { Clock } from '../../../lib/clock.ts'
import {
  type Bucket,
  MINUTE_MS,
  MINUTES_PER_DAY,
  type Series,
  type VideoName,
} from '../../../model/bucket.ts'
import { ALL_SERIES } from '../../../model/series-range.ts'
import type { Total } from '../../../model/total.ts'
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
  VideoScan,
} from '../counts.ts'
import { ledgerOf } from '../ledger-numbers.ts'
import type { AdaptiveLimit } from './adaptive-limit.ts'
import {
  type ReadDeps,
  readFirstMinute,
  readHeld,
  readPeriods,
  readTypes,
  readVideos,
} from './count-reads.ts'
import { type WriteDeps, writeRows } from './count-writes.ts'
import { readHours, readSeries } from './hour-notes.ts'
import { KnownNotes } from './known-notes.ts'
import { keyParamsOf, partitionKey } from './row-batches.ts'
import {
  INSERT_CHECKPOINT,
  SELECT_CHECKPOINT,
  SELECT_CHECKPOINTS,
  SELECT_TOTALS,
  SELECT_VIDEOS,
} from './statements.ts'
import { Store, type StoreLevels, storeLimit } from './store.ts'
import {
  type AggregateColumns,
  aggregateOf,
  bigintValue,
  checkpointValue,
  dayOf,
  timestampValue,
} from './values.ts'

/** Days of series; with as many before them 84 MB. */
const KNOWN_DAYS_MAX = 1_500_000
/** Minutes that one statement reads back. */
const MINUTES_AT_ONCE_MAX = 100

type TotalRow = AggregateColumns & { readonly minute: Date; readonly up_to: bigint }

/** In the order of ledger-numbers.ts. */
const LEDGER_COLUMNS = [
  ...(['records', 'events', 'counted', 'duplicate', 'late', 'dead', 'dead_records'] as const),
  ...(['probe_records', 'probe_events', 'probe_counted', 'probe_duplicate'] as const),
  ...(['probe_late', 'probe_dead'] as const),
]

type CheckpointRow = {
  readonly source: string
  readonly offset: bigint
  readonly log_time: Date
} & Readonly<Record<(typeof LEDGER_COLUMNS)[number], bigint | null>>

/** All calls fail with a CountsError and are safe to repeat. */
export class CassandraCounts implements CountWriter, CountReader, CountAudit, VideoScan {
  readonly #store: Store
  readonly #limit: AdaptiveLimit
  readonly #writes: WriteDeps
  readonly #reads: ReadDeps

  constructor(client: Client, clock: Clock, retentionMs: number, levels?: StoreLevels) {
    const nowMs = () => clock.nowMs()
    this.#store = new Store(client, levels)
    this.#limit = storeLimit(nowMs)
    this.#reads = { store: this.#store, nowMs, retentionMs }
    this.#writes = { ...this.#reads, limit: this.#limit, knownNotes: new KnownNotes(KNOWN_DAYS_MAX) }
  }

  /** How many requests the cluster gets at once, adapted to what it can handle. */
  get requestsMax(): number {
    return this.#limit.limit
  }

  write(sourceId: string, rows: readonly CountRow[]): Promise<readonly RefusedRow[]> {
    return writeRows(this.#writes, sourceId, rows)
  }

  async hydrate(sourceId: string, buckets: readonly Bucket[]): Promise<readonly (Total | null)[]> {
    const totals = new Array<Total | null>(buckets.length).fill(null)
    const source = Buffer.from(sourceId)
    const lots = lotsOf(buckets).map((places) => this.#hydrateLot(source, buckets, places, totals))
    await Promise.all(lots)
    return totals
  }

  async readCheckpoint(sourceId: string): Promise<Checkpoint | null> {
    const [row] = await this.#store.read<CheckpointRow>(SELECT_CHECKPOINT, [sourceId])
    return row === undefined ? null : checkpointOf(row)
  }

  async writeCheckpoint(sourceId: string, checkpoint: Checkpoint): Promise<void> {
    const stamp = bigintValue(BigInt(checkpoint.offset))
    const params = [Buffer.from(sourceId), checkpointValue(checkpoint), stamp]
    await this.#store.write([{ query: INSERT_CHECKPOINT, params }])
  }

  /**
   * The checkpoints of all sources, for the audit's ledger and for progress; an older one where replicas are
   * away.
   */
  async checkpoints(): Promise<ReadonlyMap<string, Checkpoint>> {
    const { rows } = await this.#store.query<CheckpointRow>(SELECT_CHECKPOINTS, [])
    return new Map(rows.map((row) => [row.source, checkpointOf(row)]))
  }

  read(series: Series, range: PeriodRange): Promise<{ periods: readonly Period[]; stale: boolean }> {
    return readPeriods(this.#reads, series, range)
  }

  async heldMinutes(series: Series, from: number, to: number): Promise<readonly HeldMinute[]> {
    const days: Promise<HeldMinute[]>[] = []
    for (let start = from; start < to; start = (dayOf(start) + 1) * MINUTES_PER_DAY) {
      const day = dayOf(start)
      const end = Math.min(to, (day + 1) * MINUTES_PER_DAY)
      days.push(this.#limit.run(() => readHeld(this.#store, series, day, start, end)))
    }
    return (await Promise.all(days)).flat()
  }

  writtenHours(from: number, to: number): Promise<readonly number[]> {
    return readHours(this.#store, from, to)
  }

  writtenSeries(hour: number, range = ALL_SERIES): AsyncIterable<readonly Series[]> {
    return readSeries(this.#store, hour, range)
  }

  types(tenant: string, videoId: string): Promise<readonly string[]> {
    return readTypes(this.#reads, tenant, videoId)
  }

  videos(): AsyncIterable<readonly VideoName[]> {
    return readVideos(this.#store, SELECT_VIDEOS)
  }

  firstMinute(series: Series): Promise<number | null> {
    return readFirstMinute(this.#reads, series)
  }

  /** Reads the buckets at these places, which are of one partition. */
  async #hydrateLot(
    source: Buffer,
    buckets: readonly Bucket[],
    places: readonly number[],
    totals: (Total | null)[],
  ): Promise<void> {
    const series = buckets[places[0]!]!
    const minutes = places.map((place) => timestampValue(buckets[place]!.minute))
    const params = [...keyParamsOf(series, dayOf(series.minute)), minutes, source]
    const rows = await this.#limit.run(() => this.#store.read<TotalRow>(SELECT_TOTALS, params))
    const found = new Map(rows.map((row) => [row.minute.getTime() / MINUTE_MS, totalOf(row)]))
    for (const place of places) totals[place] = found.get(buckets[place]!.minute) ?? null
  }
}

/** The places of buckets, those of one partition together. */
function lotsOf(buckets: readonly Bucket[]): number[][] {
  const lots: number[][] = []
  const open = new Map<string, number[]>()
  for (const [place, bucket] of buckets.entries()) {
    const key = partitionKey(bucket, dayOf(bucket.minute))
    const lot = open.get(key)
    if (lot !== undefined && lot.length < MINUTES_AT_ONCE_MAX) lot.push(place)
    else {
      const fresh = [place]
      open.set(key, fresh)
      lots.push(fresh)
    }
  }
  return lots
}

function totalOf(row: TotalRow): Total {
  return { ...aggregateOf(row), upTo: Number(row.up_to) }
}

function checkpointOf({ offset, log_time, ...row }: CheckpointRow): Checkpoint {
  const numbers = LEDGER_COLUMNS.map((column) => Number(row[column] ?? 0n))
  return { offset: Number(offset), logTimeMs: log_time.getTime(), ledger: ledgerOf(numbers) }
}
