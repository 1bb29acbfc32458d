// That counts were lost and are counted again, noted among them for all processes: until that is done no answer is
// complete, and what nothing can make again is never forgotten.

export type Rebuild = {
  /** Of two notes the one with the higher version stays. */
  readonly version: number
  readonly begunMs: number
  /** Counts of minutes before this one may be lost for good; 0: none are. */
  readonly fromMinute: number
  /** It is noted where each source begins, so that processing may go on from there. */
  readonly isPrepared: boolean
  /** The viewers of hours before this one are merged again. */
  readonly viewersTo: number
  /** The backup that is restored into them; missing: none is. Until it is prepared the restore is not done. */
  readonly restoreOf?: string
  /** Of several commands that restore it, the one that goes on: the latest. */
  readonly restorer?: string
  /** Hours before this minute are not in the log, and so not counted until they are recounted; missing: none. */
  readonly recountTo?: number
  /** Everything is counted that the log and the archive held. */
  readonly isDone: boolean
}

/** Whether the counts are only a part of a backup: no process may count on them, or answer from them. */
export function isHalfRestored(rebuild: Rebuild | null): boolean {
  return rebuild?.restoreOf !== undefined && !rebuild.isPrepared
}

/** All calls are safe to repeat. Rejections are temporary: try again. */
export interface Rebuilds {
  /** Null: the counts were never lost. Sees every durable write. */
  readRebuild(): Promise<Rebuild | null>
  writeRebuild(rebuild: Rebuild): Promise<void>
}
