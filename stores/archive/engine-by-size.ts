// Two engines as one: what is small is counted at once in this process, because a job elsewhere takes long to start.
import { bytesOf } from '../../lib/byte-units.ts'
import type { RecountEngine, RecountedHours, RecountTask } from './recount-engine.ts'

/** @param bytesMin of raw files, from which on the large engine counts */
export function engineBySize(small: RecountEngine, large: RecountEngine, bytesMin: number): RecountEngine {
  return {
    bytesTogetherMax: large.bytesTogetherMax,
    count: (task: RecountTask, signal: AbortSignal): Promise<RecountedHours> => {
      const bytes = bytesOf(task.files)
      return (bytes < bytesMin ? small : large).count(task, signal)
    },
  }
}
