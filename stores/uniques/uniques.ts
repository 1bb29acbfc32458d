// How many different viewers a video had, by the hour, as mergeable sketches. An estimate; its error is stated in
// every answer.
import type { HyperLogLog } from '../../model/hyper-log-log.ts'
import type { HourSketch } from '../../model/viewer-sketches.ts'

/** Older hours may be known only as part of their days. */
export const SKETCH_HOURS_KEPT_DAYS = 400

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
