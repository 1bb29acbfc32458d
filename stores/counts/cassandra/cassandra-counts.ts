// The counts on Cassandra: last write wins by the timestamps of law 2, so that no write needs a read, a lock or an
// order.
import type { Client } from 'cassandra-driver'
import type { Clock } from '../../../lib/clock.ts'
import { type Bucket, MINUTES_PER_HOUR, type Series, type VideoName } from '../../../model/bucket.ts'
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
import { readFirstMinute, readHeldMinutes, readPeriods } from './count-reads.ts'
import { beginWrites, type WriteDeps } from './count-writes.ts'
import { FormsLease } from './forms-lease.ts'
import { GatheredWrites } from './gathered-writes.ts'
import { readHours, readSeries } from './hour-notes.ts'
import { readTotals } from './hydrate.ts'
import { KnownNotes } from './known-notes.ts'
import { readCountedVideos, readTypes } from './noted-series.ts'
import type { FormedWrite } from './partition-rows.ts'
import { readForms } from './read-forms.ts'
import { INSERT_CHECKPOINT, SELECT_CHECKPOINT, SELECT_CHECKPOINTS } from './statements.ts'
import { Store, type StoreLevels, storeLimit } from './store.ts'
import { bigintValue, checkpointValue } from './values.ts'

/** Series, for a month or a day; with as many before them 84 MB. */
const KNOWN_NOTES_MAX = 1_500_000

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
  readonly #forms: FormsLease
  readonly #deps: WriteDeps
  readonly #writes: GatheredWrites<FormedWrite>

  constructor(client: Client, clock: Clock, retentionMs: number, levels?: StoreLevels) {
    const nowMs = () => clock.nowMs()
    this.#store = new Store(client, levels)
    this.#limit = storeLimit(nowMs)
    this.#forms = new FormsLease(() => readForms(this.#store), nowMs)
    this.#deps = {
      ...{ store: this.#store, limit: this.#limit, forms: this.#forms },
      knownNotes: new KnownNotes(KNOWN_NOTES_MAX),
      ...{ nowMs, retentionMs },
    }
    this.#writes = new GatheredWrites((writes) => beginWrites(this.#deps, writes))
  }

  /** Reads which table holds which minutes, so that nobody has to wait for that. */
  prepare(): Promise<void> {
    return this.#forms.renew()
  }

  /** How many requests the cluster gets at once, adapted to what it can handle. */
  get requestsMax(): number {
    return this.#limit.limit
  }

  /** Together with what other sources of this process write at the same time. */
  async write(sourceId: string, rows: readonly CountRow[]): Promise<readonly RefusedRow[]> {
    if (rows.length === 0) return []
    const forms = await this.#forms.forRows(newestOf(rows.map(({ bucket }) => bucket)))
    return this.#writes.write({ sourceId, rows, forms })
  }

  async hydrate(sourceId: string, buckets: readonly Bucket[]): Promise<readonly (Total | null)[]> {
    if (buckets.length === 0) return []
    return readTotals(this.#deps, sourceId, buckets, await this.#forms.forRows(newestOf(buckets)))
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
    return readPeriods(this.#deps, series, range)
  }

  heldMinutes(series: Series, from: number, to: number): Promise<readonly HeldMinute[]> {
    return readHeldMinutes(this.#deps, series, from, to)
  }

  writtenHours(from: number, to: number): Promise<readonly number[]> {
    return readHours(this.#store, from, to)
  }

  async *writtenSeries(hour: number, range = ALL_SERIES): AsyncGenerator<readonly Series[]> {
    const forms = await this.#forms.forReading(hour + MINUTES_PER_HOUR)
    yield* readSeries(this.#store, hour, range, forms)
  }

  async types(tenant: string, videoId: string): Promise<readonly string[]> {
    const { forms } = await this.#forms.forAnswer(Number.POSITIVE_INFINITY)
    return readTypes(this.#store, tenant, videoId, forms)
  }

  async *videos(): AsyncGenerator<readonly VideoName[]> {
    yield* readCountedVideos(this.#store, await this.#forms.forReading(Number.POSITIVE_INFINITY))
  }

  firstMinute(series: Series): Promise<number | null> {
    return readFirstMinute(this.#deps, series)
  }
}

function newestOf(buckets: readonly Bucket[]): number {
  return buckets.reduce((latest, { minute }) => Math.max(latest, minute), Number.NEGATIVE_INFINITY)
}

function checkpointOf({ offset, log_time, ...row }: CheckpointRow): Checkpoint {
  const numbers = LEDGER_COLUMNS.map((column) => Number(row[column] ?? 0n))
  return { offset: Number(offset), logTimeMs: log_time.getTime(), ledger: ledgerOf(numbers) }
}
