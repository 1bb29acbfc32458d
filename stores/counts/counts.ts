// Where totals live. Processing writes absolute rows and reads them back at a takeover; queries read sums over sources.
import {
  type Bucket,
  MINUTES_PER_DAY,
  MINUTES_PER_HOUR,
  type Series,
  type VideoName,
} from '../../model/bucket.ts'
import { MINUTES_PER_QUARTER } from '../../model/quarters.ts'
import type { SeriesRange } from '../../model/series-range.ts'
import type { Aggregate, Total } from '../../model/total.ts'

export type CountRow = { readonly bucket: Bucket; readonly total: Total }

/** A row that the store refuses, however often it is tried. */
export type RefusedRow = { readonly row: CountRow; readonly reason: string }

/** How events ended (law 7): events = counted + duplicate + late + dead. */
export type Outcomes = {
  readonly events: number
  readonly counted: number
  readonly duplicate: number
  readonly late: number
  readonly dead: number
}

/** How each event and record of a source ended, up to an offset. */
export type Ledger = Outcomes & {
  readonly records: number
  /** Records that could not even be split into events. */
  readonly deadRecords: number
  /**
   * The part that the product's own probe caused: `records` are those that hold nothing else. Left out if there is
   * none.
   */
  readonly probe?: Outcomes & { readonly records: number }
}

/** Everything up to and including `offset` is stored. */
export type Checkpoint = {
  readonly offset: number
  /** The highest log time up to `offset`. */
  readonly logTimeMs: number
  readonly ledger: Ledger
}

/** What an owner of a source needs. All calls are safe to repeat. Rejections are temporary: try again. */
export interface CountWriter {
  /**
   * Stores rows; resolved means that all are durable except those it returns. Per (bucket, source) the row with the
   * higher `writeTimestampMicros` stays, whatever the order of the writes (law 2).
   */
  write(sourceId: string, rows: readonly CountRow[]): Promise<readonly RefusedRow[]>
  /** The stored totals of this source, at the consistency that sees every durable write; null where there is none. */
  hydrate(sourceId: string, buckets: readonly Bucket[]): Promise<readonly (Total | null)[]>
  readCheckpoint(sourceId: string): Promise<Checkpoint | null>
  /** Never moves backwards: a checkpoint with a lower offset than the stored one changes nothing. */
  writeCheckpoint(sourceId: string, checkpoint: Checkpoint): Promise<void>
}

export type Resolution = 'minute' | 'quarter' | 'hour' | 'day'

export const PERIOD_MINUTES: Readonly<Record<Resolution, number>> = {
  minute: 1,
  quarter: MINUTES_PER_QUARTER,
  hour: MINUTES_PER_HOUR,
  day: MINUTES_PER_DAY,
}

/** The sum over all sources of a period from `start` on (minutes since the epoch, UTC). Empty periods are absent. */
export type Period = {
  readonly start: number
  readonly aggregate: Aggregate
  /**
   * Only if quarters of an hour were asked for: this hour was stored before quarters were kept. The period is the
   * whole hour and begins at its start, even if that is before the range.
   */
  readonly isWholeHour?: true
}

export type PeriodRange = {
  readonly resolution: Resolution
  /** Minutes since the epoch, aligned to the resolution; half-open. */
  readonly from: number
  readonly to: number
}

/**
 * The source under which the batch layer writes the corrections that make the sum of a bucket equal to the recount.
 */
export const BATCH_SOURCE = 'batch'

/** A minute of a series, by writer. Queries answer the sum of both. */
export type HeldMinute = {
  readonly minute: number
  /** The sum over all sources except BATCH_SOURCE. */
  readonly stream: Aggregate
  /** The row of BATCH_SOURCE, which may be empty; null if there is none. */
  readonly batch: Aggregate | null
}

/** What the batch layer compares its recount with. */
export interface CountAudit {
  /**
   * The minutes of a series in [from, to), with every durable write in them. Rejected rather than stale. In
   * order of time, minutes without rows are absent.
   */
  heldMinutes(series: Series, from: number, to: number): Promise<readonly HeldMinute[]>
  /**
   * The hours that begin in [from, to) minutes and have rows, in order of time; the rows of some may have expired.
   * Rejected rather than stale.
   */
  writtenHours(from: number, to: number): Promise<readonly number[]>
  /**
   * Every series of the range that has rows of an hour, once, in batches, in the order of compareSeries; the rows of
   * some may have expired. A row is found here as soon as its write is resolved. Rejected rather than stale.
   */
  writtenSeries(hour: number, range?: SeriesRange): AsyncIterable<readonly Series[]>
}

/** What queries need. */
export interface CountReader {
  /**
   * Periods in order of time. `stale`: it may miss durable writes, because the store could not be asked in full.
   * `asOfMs`: the answer is from that time, epoch ms; left out if it holds everything that is stored now.
   */
  read(
    series: Series,
    range: PeriodRange,
  ): Promise<{ periods: readonly Period[]; stale: boolean; asOfMs?: number }>
  /** Every event type that has ever been counted for a video, in alphabetical order. */
  types(tenant: string, videoId: string): Promise<readonly string[]>
  /** The first minute with a count, or null: the start of "from the beginning". */
  firstMinute(series: Series): Promise<number | null>
}

/** What exports need besides a reader. */
export interface VideoScan {
  /** Every video that has rows, once, in batches; videos that get their first row meanwhile may be missing. */
  videos(): AsyncIterable<readonly VideoName[]>
}

export const NO_PROBES = { records: 0, events: 0, counted: 0, duplicate: 0, late: 0, dead: 0 }

export const EMPTY_LEDGER: Ledger = {
  records: 0,
  events: 0,
  counted: 0,
  duplicate: 0,
  late: 0,
  dead: 0,
  deadRecords: 0,
}
