// How often each video was counted within some minutes, for lists of the most counted and the fastest rising videos.
// Made of the same absolute rows as the counts, so that writing one twice, late, or by a zombie owner is harmless.
import type { Checkpoint, CountRow } from '../counts/counts.ts'

/** How long minutes are kept: two windows of a day, plus rows that are still in flight. */
export const TOP_RETENTION_MINUTES = 49 * 60

/** Takes the rows that are stored. Never throws: readers are told what could not be kept. */
export interface TopWriter {
  /** A new owner of a source will pass all rows that change after this checkpoint. */
  begin(sourceId: string, checkpoint: Checkpoint | null): void
  /** Rows that have just been stored. */
  write(sourceId: string, rows: readonly CountRow[]): void
  /** All rows up to the checkpoint have been passed. Resolves soon, even if that cannot be recorded. */
  reached(sourceId: string, checkpoint: Checkpoint): Promise<void>
}

export type TopCounts = {
  /** By video, unordered: at least this many. */
  readonly counts: ReadonlyMap<string, number>
  /** How many more a video may have: absent, none. Only where memory is short. */
  readonly slacks: ReadonlyMap<string, number>
  /**
   * Everything that the log took up to then is included, epoch ms; infinite if everything stored is. Null: rows are
   * lost.
   */
  readonly asOfMs: number | null
  /** The most that a video may have that is in no list. */
  readonly bound: number
}

export interface TopReader {
  /** The counts in [from, to) minutes, at most a day. Rejects if they cannot be read now. */
  read(tenant: string, type: string, from: number, to: number): Promise<TopCounts>
}
