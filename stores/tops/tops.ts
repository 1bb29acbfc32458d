// Which videos were counted how often within some minutes: for lists of the most counted and the fastest rising. Made
// of the same absolute rows as the counts, so that writing one twice, late, or by an owner that should be dead is
// harmless.
import type { Checkpoint, CountRow } from '../counts/counts.ts'

/** Minutes are kept for so long: two windows of a day, and what is still on its way. */
export const TOP_RETENTION_MINUTES = 49 * 60

/** Takes the rows that are being stored. Never throws: what cannot be kept is told to readers. */
export interface TopWriter {
  /** A new owner of a source hands over all rows that change after this checkpoint. */
  begin(sourceId: string, checkpoint: Checkpoint | null): void
  /** Rows that have just been stored. */
  write(sourceId: string, rows: readonly CountRow[]): void
  /** All rows up to the checkpoint have been handed over. Resolves soon, also where that cannot be kept. */
  reached(sourceId: string, checkpoint: Checkpoint): Promise<void>
}

export type TopCounts = {
  /** By video, in no order. */
  readonly counts: ReadonlyMap<string, number>
  /** All that the log took up to then is in, epoch ms; infinite where all is that is stored. Null: rows are lost. */
  readonly asOfMs: number | null
  /** A video's count, or one that is absent, may fall short by so much, as memory is bounded; mostly 0. */
  readonly bound: number
}

export interface TopReader {
  /** The counts in [from, to) minutes, at most a day. Rejected where they cannot be read now. */
  read(tenant: string, type: string, from: number, to: number): Promise<TopCounts>
}
