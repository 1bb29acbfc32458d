// What the batch layer adds up from raw events: totals of hours and days, and how far they can be relied on. The stream
// never writes here.
import type { Series } from '../../model/bucket.ts'
import type { Quarters } from '../../model/quarters.ts'
import type { Tally } from '../../model/tally.ts'
import type { Aggregate } from '../../model/total.ts'
import type { Period, PeriodRange } from './counts.ts'

export type RollupResolution = 'hour' | 'day'

/** The absolute total of an hour or a day; one of count 0 says that nothing is left. */
export type RollupRow = {
  readonly series: Series
  readonly start: number
  readonly aggregate: Aggregate
  /** Of an hour. Where an hour has none, who asks for its quarters is answered with all of it. */
  readonly quarters?: Quarters
}

/**
 * Hours that begin before `toMinute`, but for `exceptHours`, are recounted: their rollups are the truth, and a period
 * without a row is empty. Minutes since the epoch.
 */
export type Reconciled = {
  readonly version: number
  readonly toMinute: number
  /** In order of time. */
  readonly exceptHours: readonly number[]
}

/** The strong audit of one hour, as of its latest recount. */
export type HourAudit = Tally & {
  /** Minutes since the epoch at which the hour begins. */
  readonly hour: number
  /** What was held of it in the archive then: see Holding. */
  readonly mark: string
  readonly lateMark: string | null
  /** Minutes before this one were compared; the hour's end once it is closed. */
  readonly beforeMinute: number
  readonly version: number
  readonly recountedMs: number
  /**
   * Raw events of the hour that could not be read, by name: it was compared, but not corrected. And how many are gone:
   * what they were counted for stands.
   */
  readonly missing: readonly string[]
  /** The raw events are purged: what was counted stands for good. */
  readonly purged: boolean
  /** Left out by a release that rolled up hours without their quarters: such an hour is recounted once more. */
  readonly knowsQuarters?: true
}

/** All calls are safe to repeat. Rejections are temporary: try again. */
export interface RollupWriter {
  /** Per (series, resolution, start) the row with the higher version stays, whatever the order of the writes. */
  writeRollups(resolution: RollupResolution, version: number, rows: readonly RollupRow[]): Promise<void>
  /** The one with the higher version stays, for each hour. */
  writeHours(audits: readonly HourAudit[]): Promise<void>
  /** The one with the higher version stays. */
  writeReconciled(reconciled: Reconciled): Promise<void>
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
