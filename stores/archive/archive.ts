// The raw events, stored by the hour of their time so that they can be counted again (law 9). Counting never changes
// them; copies of an event in it are harmless, because a recount takes each event once. Only the event's own fields,
// `origin` and its place in the log decide what it counts for.
import type { Bucket, VideoName } from '../../model/bucket.ts'
import type { Event } from '../../model/event.ts'
import type { Horizons } from '../../model/horizons.ts'
import type { SeriesRange } from '../../model/series-range.ts'
import type { Aggregate } from '../../model/total.ts'
import type { HourSketch } from '../../model/viewer-sketches.ts'
import type { LogRecord } from '../log/log.ts'

/** Where a raw event came from: a lane of the log, or a file of the past. */
export type Origin = 'events' | 'events-overflow' | 'events-late' | 'import'

/** An event as the log holds it, with what decides whether the stream counted it. */
export type RawEvent = Event & {
  /** The offset of its record in the source; of an import, the row. */
  readonly offset: number
  /** Its place within the record. */
  readonly index: number
  /** The highest log time of the source up to this event's record, epoch ms; of an import 0. */
  readonly logTimeMs: number
}

/**
 * Consecutive events of one source. After a crash it may be stored again and overlap what is there: that is harmless.
 */
export type RawBatch = {
  readonly sourceId: string
  readonly origin: Origin
  /** Offsets of the records it was read from; of an import, rows of the file. */
  readonly fromOffset: number
  /** The offset after the last. */
  readonly toOffset: number
  readonly events: readonly RawEvent[]
}

/** The same as records of the log; the log time of each is the highest of the source up to it. */
export type RecordBatch = Omit<RawBatch, 'events'> & { readonly records: readonly LogRecord[] }

/** Stores the events of records in the archive, all that can be read. Calls are safe to repeat. */
export interface RecordArchive {
  /** Resolved means durable. Returns the sketches of viewers. */
  store(batch: RecordBatch): Promise<readonly HourSketch[]>
}

/** Everything of a source before `nextOffset` is archived. */
export type ArchiveCheckpoint = {
  readonly nextOffset: number
  /** The highest log time shown before it, epoch ms. */
  readonly logTimeMs: number
  /**
   * Events of log times before this may be missing, because the log no longer held them: epoch ms; 0 where none are.
   */
  readonly missingBeforeMs: number
}

/** What the archive holds of an hour. */
export type Holding = {
  /** Minutes since the epoch at which the hour begins. */
  readonly hour: number
  /** Changes whenever the files of the hour change. */
  readonly mark: string
  /** The same for late and imported events only; null if there are none. */
  readonly lateMark: string | null
  readonly bytes: number
  /** When its newest part was archived, epoch ms. */
  readonly archivedMs: number
  /** The same for late and imported events only; 0 if there are none. */
  readonly lateArchivedMs: number
}

/** Raw events that are there but cannot be read: set aside, so that the recount goes on. */
export type Unreadable = { readonly hour: number; readonly name: string; readonly reason: string }

/** What the stream accepted as on time: events at most this old, and at most this far ahead, by log time. */
export type InTime = Horizons & { readonly aheadMs: number }

/** What settings say of it, and nothing else. */
export function inTimeOf({ horizonMs, earlierHorizons, aheadMs }: InTime): InTime {
  return { horizonMs, earlierHorizons, aheadMs }
}

export type RecountQuestion = InTime & {
  /** Starts of hours, minutes since the epoch. */
  readonly hours: readonly number[]
  /** Only minutes before this one are counted. */
  readonly beforeMinute: number
  /** Only these series are counted; default: all. */
  readonly range?: SeriesRange
}

/**
 * A bucket as recounted from the raw events. Of all copies of an event the one is used that the stream counted: the
 * first in its source that came in time; if none came in time, the first of all.
 */
export type RecountedBucket = {
  readonly bucket: Bucket
  readonly all: Aggregate
  /** The part that the stream should have counted by itself. */
  readonly onTime: Aggregate
}

export type Recount = {
  /**
   * Every bucket once, in lists of bounded size: hour by hour in order of time, and within an hour series by series
   * in the order of compareSeries.
   */
  readonly buckets: AsyncIterable<readonly RecountedBucket[]>
  /** What is missing from the buckets: known for an hour before its first bucket is yielded, for all at the end. */
  readonly unreadable: readonly Unreadable[]
}

export const RAW_FORMATS = ['parquet', 'csv', 'ndjson'] as const

export type RawExport = InTime & {
  /** The range [from, to), minutes since the epoch. */
  readonly from: number
  readonly to: number
  /**
   * All three can be imported again and then give the same counts. NDJSON holds events as the front door takes them.
   */
  readonly format: (typeof RAW_FORMATS)[number]
  /** In CSV, text that a spreadsheet would run as a formula gets an apostrophe before it, and is named. */
  readonly formulaGuard: boolean
}

/** All calls are safe to repeat, and may be rejected: nothing that was stored before is lost by that. */
export interface Archive {
  /** Resolved means durable. */
  store(batch: RawBatch): Promise<void>
  readCheckpoint(sourceId: string): Promise<ArchiveCheckpoint | null>
  /** The last write wins; each source has one writer. */
  writeCheckpoint(sourceId: string, checkpoint: ArchiveCheckpoint): Promise<void>
  checkpoints(): Promise<ReadonlyMap<string, ArchiveCheckpoint>>
  /** In order of time. */
  holdings(): Promise<readonly Holding[]>
  /** @param signal ends it: reading the buckets then fails */
  recount(question: RecountQuestion, signal?: AbortSignal): Promise<Recount>
  /**
   * At most `parts - 1` videos that cut the series of these hours into ranges of about the same number of events; in
   * the order of compareSeries. Taken from a sample: another call may give others.
   */
  cuts(hours: readonly number[], parts: number): Promise<readonly VideoName[]>
  /** Files that were set aside and are still missing. */
  unreadable(): Promise<readonly Unreadable[]>
}

/** Rare work on what is held. All calls are safe to repeat. */
export interface ArchiveKeeper {
  /** Merges many small files into a few large ones, for hours that begin before `beforeMinute`. */
  compact(beforeMinute: number): Promise<{ readonly files: number; readonly into: number }>
  /** Removes all that is held of these hours. */
  purge(hours: readonly number[]): Promise<void>
  /**
   * Removes a viewer's id from all raw events; the events stay. Returns how many were changed.
   * @param viewerSha256 of the viewer's id, in hex: so that what is still to be done can be kept without the id
   */
  forgetViewer(tenant: string, viewerSha256: string): Promise<number>
  /**
   * Removes the events of a video in minutes before one, and what was rolled up of them by attributes. Returns how many
   * events, and the hours that held some.
   */
  removeVideo(
    tenant: string,
    videoId: string,
    beforeMinute: number,
  ): Promise<{ readonly events: number; readonly hours: readonly number[] }>
  /** The viewers that raw events of an hour name: a sketch for each video, in lists of bounded size. */
  viewers(hour: number): AsyncIterable<readonly HourSketch[]>
  /** Writes the events of a range that count to a file, each once, in order of time. Returns how many. */
  exportRaw(question: RawExport, path: string): Promise<number>
}
