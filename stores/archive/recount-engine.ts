// What counts raw events again: DuckDB in this process, or Spark where one machine is too small. All else of a recount
// is the same for every engine: which hours are due, comparison, corrections, rollups, audits.
import type { RecountedBucket, RecountQuestion } from './archive.ts'
import type { RawFile } from './duckdb/layout.ts'

/** Hours that are counted together. */
export type RecountTask = Omit<RecountQuestion, 'hours'> & {
  /** In order of time. */
  readonly hours: readonly number[]
  /** All that may hold events of these hours. */
  readonly files: readonly RawFile[]
  /** The same, listed again: other processes merge files and set them aside. */
  readonly relist: () => Promise<readonly RawFile[]>
  /** Files that were checked before are not checked again; those that are checked now are added. */
  readonly checked: Set<string>
}

/** Always whole. To be disposed of when the buckets are read. */
export type RecountedHours = AsyncDisposable & {
  /** In the order that `Recount` promises. */
  readonly buckets: AsyncIterable<readonly RecountedBucket[]>
}

export interface RecountEngine {
  /** Hours that have more bytes together are counted one after the other. */
  readonly bytesTogetherMax: number
  /** Safe to repeat. Damaged files are set aside, and the rest is counted. Fails when aborted. */
  count(task: RecountTask, signal: AbortSignal): Promise<RecountedHours>
}
