// Questions about archived events of some or all videos: how many carried which value of an attribute, and how many
// there were in each minute or period.
import { MIB } from '../../lib/byte-units.ts'
import type { Series } from '../../model/bucket.ts'
import type { CountedMinute } from '../../model/quarters.ts'
import type { Aggregate } from '../../model/total.ts'
import type { InTime } from './archive.ts'

/** Fewer bytes of raw files, some hundred thousand events, are read in the time that it takes to find rollups. */
export const FEW_RAW_BYTES = 16 * MIB

export const BREAKDOWN_ORDERS = ['count', 'sum', 'average', 'min', 'max'] as const
export type BreakdownOrder = (typeof BREAKDOWN_ORDERS)[number]

/** Which events are asked about. */
export type EventScope = {
  readonly tenant: string
  /** Null: all of them, without the product's own probe. */
  readonly videoIds: readonly string[] | null
  readonly types: readonly string[]
  /** Only events that have one of these values of each attribute; without the attribute an event has the value ''. */
  readonly where?: Readonly<Record<string, readonly string[]>>
  /** Events of these videos do not count before a minute; in hours that are rolled up, if the hour ends by then. */
  readonly removed?: readonly RemovedVideo[]
}

type RemovedVideo = { readonly videoId: string; readonly beforeMinute: number }

export type ScopeQuestion = InTime & {
  readonly scope: EventScope
  /** The range [from, to), minutes since the epoch. */
  readonly from: number
  readonly to: number
}

export type BreakdownQuestion = ScopeQuestion & {
  /** The key of the attribute; null: all events are of one row. */
  readonly by: string | null
  /** Rows are of videos and not of values; `by` says then from which rollups hours are read. */
  readonly ofVideos?: boolean
  /** The highest first, those without a number last; equal ones in the order of the UTF-8 of their values. */
  readonly orderBy: BreakdownOrder
  readonly rowsMax: number
  /**
   * Hours, in order, that are read from their rollups by that attribute, as a whole, and not from raw events. Rollups
   * know nothing of other attributes, so there may be none where `where` names another one; and where it names this
   * one, none of which `hidingHours` says that they hide something.
   */
  readonly rolledUpHours: readonly number[]
  /** More such hours, of which there are raw events too: these are read where the rollups are damaged. */
  readonly settledHours?: readonly number[]
}

/** What rows are of: the values of the attribute that has a key, series, which `seriesRow` names, videos or types. */
export type RowsOf = { readonly attribute: string } | 'series' | 'video' | 'type'

export type PeriodsQuestion = ScopeQuestion & {
  readonly rowsOf: RowsOf
  /** Where the periods begin, in order: the first at `from`. */
  readonly starts: readonly number[]
  /** The rows are ordered by what they add up to in the periods from this one on; those without events there last. */
  readonly rankedFrom: number
  /** Those without a number last; equal ones in the order of the UTF-8 of their values. */
  readonly order: PeriodsOrder
  readonly rowsMax: number
  /**
   * As in BreakdownQuestion, but by an attribute that is named here, which is that of the rows where these are of
   * values. No period begins within one of the hours.
   */
  readonly rolledUp: RolledUp
  /** As in BreakdownQuestion, and by the same attribute as the others. */
  readonly settledHours?: readonly number[]
}

export type PeriodsOrder = { readonly by: BreakdownOrder | 'value'; readonly isDescending: boolean }

export type RolledUp = { readonly by: string; readonly hours: readonly number[] }

export type Breakdown = {
  /** Events without the attribute have the value ''; the value of a video is its id. */
  readonly rows: readonly { readonly value: string; readonly aggregate: Aggregate }[]
  /** All events whose values have no row of their own; null if there are none. */
  readonly other: Aggregate | null
  /** The minute of the first event; null if there is none. */
  readonly firstMinute: number | null
  /** Hours of the range of which files are missing or damaged, in order. */
  readonly unreadableHours: readonly number[]
}

/** One sum for each period. */
export type CountedPeriods = {
  readonly rows: readonly { readonly value: string; readonly sums: readonly Aggregate[] }[]
  /** All events that have no row of their own; null if there are none. */
  readonly other: readonly Aggregate[] | null
  readonly unreadableHours: readonly number[]
}

/** What the row of a series is called. */
export function seriesRow({ type, videoId }: Pick<Series, 'type' | 'videoId'>): string {
  return `${type} ${videoId}`
}

export type CountedMinutes = {
  /** In order of time; minutes without events are absent. */
  readonly minutes: readonly CountedMinute[]
  readonly unreadableHours: readonly number[]
}

export interface BreakdownReader {
  /**
   * Takes the same events, and of copies the same one, as a recount. Holds everything that was stored before the call.
   * Fails when aborted.
   */
  breakdown(question: BreakdownQuestion, signal: AbortSignal): Promise<Breakdown>
  /** The same events by minute. */
  minutes(question: ScopeQuestion, signal: AbortSignal): Promise<CountedMinutes>
  /** The same events by row and period. */
  periods(question: PeriodsQuestion, signal: AbortSignal): Promise<CountedPeriods>
  /** The hours that begin in [from, to) and are rolled up by an attribute, in order. */
  rolledUpHours(by: string, from: number, to: number): Promise<readonly number[]>
  /**
   * The hours that lie in [from, to) and were rolled up by an attribute from the very raw events that there are now, in
   * order: rollups and raw events of them say the same. None where the raw files of the range have fewer bytes.
   */
  settledHours(by: string, from: number, to: number, bytesMin?: number): Promise<readonly number[]>
  /**
   * Of hours, in order, that are rolled up by an attribute, those whose rollups hide how many events of a series had
   * one of the values that `scope.where` names of it, or any value where it names none: such events may be among the
   * others.
   */
  hidingHours(scope: EventScope, rolledUp: RolledUp, signal: AbortSignal): Promise<readonly number[]>
}

/** What is kept of hours when their raw events are not: for each series and hour the values of some attributes. */
export type HoursToRollUp = InTime & {
  readonly hours: readonly number[]
  /** The keys of the attributes: words of [A-Za-z0-9._-]. */
  readonly dimensions: readonly string[]
  /** Of a series in an hour the most counted values are kept apart, and the others together. */
  readonly valuesMax: number
}

/** One process at a time may use it. All calls are safe to repeat. */
export interface DimensionKeeper {
  /**
   * Rolls hours up from their raw events, anew if these have changed since. Returns those that are rolled up now: all
   * but those of which raw events are missing.
   */
  rollUpDimensions(what: HoursToRollUp): Promise<readonly number[]>
  /** Removes the rollups of whole days before a minute. */
  dropDimensions(beforeMinute: number): Promise<void>
}
