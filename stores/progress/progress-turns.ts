// Whose turn it is to find out, for all processes, how far the counts have come. No clocks are compared: a process
// leaves marks of its own clock, and what is found for it names the mark that was there before the look began. Best
// effort: what is found stays true however late it is told, and who is not told looks for itself.
import type { Reached } from '../log/progress.ts'

/** What was found for one process, of what was acknowledged by its mark. */
export type Found = Reached & {
  /** Its mark that stood before the look began: by its own clock, epoch ms. */
  readonly markMs: number
}

export type Turn = {
  /** The newest that was found for this process; null: nothing. */
  readonly found: Found | null
  /** It is this one's turn to look: the marks of all processes, by name, with its own. Null: it is not. */
  readonly marks: ReadonlyMap<string, number> | null
}

export interface ProgressTurns {
  /** Leaves a mark, and asks. Each turn goes to one process. May reject. */
  take(markMs: number): Promise<Turn>
  /** Tells others, by name, what was found for them. May reject. */
  tell(found: ReadonlyMap<string, Found>): Promise<void>
}

/** Marks that are so far from the clock of the one that looks are not answered: most likely their process has ended. */
export const MARK_KEPT_MS = 60_000
/** More processes look for themselves. */
export const MARKS_MAX = 1_000
