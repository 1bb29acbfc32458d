// How many different viewers a video had, by the hour: sketches that may be merged at will. An estimate by nature;
// its error is stated wherever it is told.
import type { HyperLogLog } from '../../model/hyper-log-log.ts'
import type { HourSketch } from '../../model/viewer-sketches.ts'

/** Hours that began longer ago may be known by their days only. */
export const SKETCH_HOURS_KEPT_DAYS = 400

/** All calls are safe to repeat. Rejections are temporary: try again. */
export interface Uniques {
  /**
   * Adds to what is held. Resolved: durable. Nothing that was merged is ever taken back, whoever merges what at the
   * same time, late or again.
   */
  merge(sketches: readonly HourSketch[]): Promise<void>
  /**
   * The union of the hours that begin in [from, to) minutes, both on the hour. `stale`: it may miss what was merged,
   * because the store could not be asked in full.
   */
  read(
    tenant: string,
    videoId: string,
    from: number,
    to: number,
  ): Promise<{ readonly sketch: HyperLogLog; readonly stale: boolean }>
}
