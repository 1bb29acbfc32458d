// How many different viewers a video had, by the hour, as mergeable sketches. An estimate; its error is stated in
// every answer.
import type { HyperLogLog } from '../../model/hyper-log-log.ts'
import type { HourSketch } from '../../model/viewer-sketches.ts'
import type { SketchPeriod } from './periods.ts'

/** Older hours may be known only as part of their days. */
export const SKETCH_HOURS_KEPT_DAYS = 400

/** A sketch with all that is needed to write it elsewhere as it is. */
export type StoredSketch = SketchPeriod & Omit<HourSketch, 'hour'>

/** What copies need. Calls are safe to repeat. */
export interface UniquesScan {
  /** Every sketch once, in batches; of what is merged meanwhile some may be missing. */
  stored(): AsyncIterable<readonly StoredSketch[]>
  /** Merges each into the sketch of its own period alone. Resolved means durable. */
  mergeStored(sketches: readonly StoredSketch[]): Promise<void>
}

/** All calls are safe to repeat. Rejections are temporary: try again. */
export interface Uniques {
  /**
   * Merges into the stored sketch. Resolved means durable. Nothing that was merged is ever lost again, whatever is
   * merged concurrently, late or repeatedly.
   */
  merge(sketches: readonly HourSketch[]): Promise<void>
  /**
   * The union of the hours that begin in [from, to) minutes, both on the hour. `stale`: it may miss merged viewers,
   * because the store could not be asked in full.
   */
  read(
    tenant: string,
    videoId: string,
    from: number,
    to: number,
  ): Promise<{ readonly sketch: HyperLogLog; readonly stale: boolean }>
}
