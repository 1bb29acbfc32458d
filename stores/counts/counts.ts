// Where totals live. Processing writes absolute rows and reads them back at a takeover; queries read sums over sources.
import { type Bucket, MINUTES_PER_DAY, MINUTES_PER_HOUR, type Series } from '../../model/bucket.ts'
import { MINUTES_PER_QUARTER } from '../../model/quarters.ts'
import type { Aggregate, Total } from '../../model/total.ts'

export type CountRow = { readonly bucket: Bucket; readonly total: Total }

/** A row that the store will not take, however often it is tried. */
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
  /** Records of which not even the events could be told apart. */
  readonly deadRecords: number
  /**
   * What of it the product's own probe caused: `records` are those that hold nothing else. Left out where there is
   * nothing.
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
   * Stores rows; resolved means that all are durable but those it returns. Per (bucket, source) the row with the
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
   * Where quarters of an hour were asked for: of this hour none are known, as it was stored before they were kept. The
   * period is all of it, and begins at the hour, be that before what was asked for.
   */
  readonly isWholeHour?: true
}

export type PeriodRange = {
  readonly resolution: Resolution
  /** Minutes since the epoch, aligned to the resolution; half-open. */
  readonly from: number
  readonly to: number
}

/** The source under which the batch layer writes: what makes the sum of a bucket equal to the recount. */
export const BATCH_SOURCE = 'batch'

/** A minute of a series by who wrote it. Queries answer the sum of both. */
export type HeldMinute = {
  readonly minute: number
  /** The sum over all sources but BATCH_SOURCE. */
  readonly stream: Aggregate
  /** The row of BATCH_SOURCE, which may be one of nothing; null where there is none. */
  readonly batch: Aggregate | null
}

/** What the batch layer compares its recount with. */
export interface CountAudit {
  /**
   * What is held of a series in [from, to) minutes, with every durable write in it. Rejected rather than stale. In
   * order of time, minutes without rows are absent.
   */
  heldMinutes(series: Series, from: number, to: number): Promise<readonly HeldMinute[]>
  /**
   * The hours that begin in [from, to) minutes and of which there are rows, in order of time; some may have none any
   * more. Rejected rather than stale.
   */
  writtenHours(from: number, to: number): Promise<readonly number[]>
  /**
   * Every series that has rows of an hour, once, some at a time, in the order of compareSeries; some may have none any
   * more. A row is found here as soon as its write is resolved. Rejected rather than stale.
   */
  writtenSeries(hour: number): AsyncIterable<readonly Series[]>
}

/** What queries need. */
export interface CountReader {
  /**
   * Periods in order of time. `stale`: it may miss durable writes, because the store could not be asked in full.
   * `asOfMs`: it is what was known then, epoch ms; left out where it is all that is stored now.
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

export type VideoName = Pick<Series, 'tenant' | 'videoId'>

/** What exports need beside a reader. */
export interface VideoScan {
  /** Every video that has rows, once, some at a time; of those that get their first row meanwhile, some. */
  videos(): AsyncIterable<readonly VideoName[]>
}
