// Totals of hours and days that the batch layer adds up from raw events, and how far they are valid. The stream never
// writes here.
import type { Series } from '../../model/bucket.ts'
import type { ClosedMinutes } from '../../model/horizons.ts'
import type { Quarters } from '../../model/quarters.ts'
import type { Tally } from '../../model/tally.ts'
import type { Aggregate } from '../../model/total.ts'
import type { Period, PeriodRange } from './counts.ts'

export type RollupResolution = 'hour' | 'day'

/** The absolute total of an hour or a day; a count of 0 means that nothing is left. */
export type RollupRow = {
  readonly series: Series
  readonly start: number
  readonly aggregate: Aggregate
  /** The quarters of an hour. A read by quarters returns the whole hour if it has none. */
  readonly quarters?: Quarters
}

/**
 * Hours that begin before `toMinute`, except `exceptHours`, are recounted: their rollups are the truth, and a period
 * without a row is empty. Minutes since the epoch.
 */
export type Reconciled = {
  readonly version: number
  readonly toMinute: number
  /** In order of time. */
  readonly exceptHours: readonly number[]
  /**
   * Hours that begin at this minute or later have rollups of whole sites, too (model/site.ts). Missing if the latest
   * run was one of a release without them.
   */
  readonly sitesFrom?: number
  /**
   * The latest notes of imports that the run had seen when it began, by name: of minutes before `closedTo` their events
   * are counted. Missing if the latest run was one of a release without it.
   */
  readonly imports?: { readonly held: readonly string[]; readonly closedTo: number }
  /** Missing if the latest run was one of a release without it. */
  readonly closed?: ClosedMinutes
  /** Of which tables it is: see RollupWriter. Missing if the latest run was one of a release without it. */
  readonly tables?: string | null
}

/** The strong audit of one hour, as of its latest recount. */
export type HourAudit = Tally & {
  /** Minutes since the epoch at which the hour begins. */
  readonly hour: number
  /** What the archive held of the hour at that time: see Holding. */
  readonly mark: string
  readonly lateMark: string | null
  /** Minutes before this one were compared; the hour's end once it is closed. */
  readonly beforeMinute: number
  readonly version: number
  readonly recountedMs: number
  /**
   * Files of raw events of the hour that could not be read, by name: the hour was compared, but not corrected. And
   * how many raw events are gone: what was counted for them stands.
   */
  readonly missing: readonly string[]
  /** The raw events are purged: what was counted stands for good. */
  readonly purged: boolean
  /**
   * With `purged`: nothing is removed yet, and it is still to be looked whether raw events came while that was noted.
   * Missing in notes of a release that removed them without a second note.
   */
  readonly isPurgeUnsure?: true
  /** Missing if a release without quarters rolled up the hour: such an hour is recounted once more. */
  readonly knowsQuarters?: true
  /** Missing if a release without totals of sites recounted the hour: the same. */
  readonly knowsSites?: true
}

/** A rollup with all that is needed to write it elsewhere as it is. */
export type StoredRollup = RollupRow & {
  readonly resolution: RollupResolution
  readonly version: number
}

/** What copies need. */
export interface RollupScan {
  /** Every rollup once, in batches; those that are written meanwhile may be missing, or there as they were before. */
  stored(): AsyncIterable<readonly StoredRollup[]>
}

/** All calls are safe to repeat. Rejections are temporary: try again. */
export interface RollupWriter {
  /** Per (series, resolution, start) the row with the higher version stays, whatever the order of the writes. */
  writeRollups(resolution: RollupResolution, version: number, rows: readonly RollupRow[]): Promise<void>
  /**
   * What is to be written for a day: what its hours add up to, for each series in the order asked: with every
   * durable write in them. Rejected rather than stale.
   */
  addUpDay(day: number, series: readonly Series[]): Promise<readonly Aggregate[]>
  /** For each hour the audit with the higher version stays. */
  writeHours(audits: readonly HourAudit[]): Promise<void>
  /** The one with the higher version stays. */
  writeReconciled(reconciled: Reconciled): Promise<void>
  /**
   * What tells these tables from others that were made in their place: what was written to those may be lost, although
   * a note says that it was written. Null where nobody can make others.
   */
  tables(): Promise<string | null>
}

export interface RollupReader {
  /** `range.resolution` is quarter, hour or day. Periods in order of time; periods without a row are absent. */
  readRollups(series: Series, range: PeriodRange): Promise<{ periods: readonly Period[]; stale: boolean }>
  /** The first hour or day that has a row. */
  firstRollup(series: Series): Promise<number | null>
  /** The types of a video that have rows, in alphabetical order. */
  rollupTypes(tenant: string, videoId: string): Promise<readonly string[]>
  /** Null before the first run. */
  readReconciled(): Promise<Reconciled | null>
  /** Hours that begin in [from, to) minutes, in order of time. */
  readHours(from: number, to: number): Promise<readonly HourAudit[]>
}
