// Which sources this process counts. Processes divide the sources among themselves and take over from each other.
import type { Source } from '../log/log.ts'

export interface Ownership {
  /**
   * Since when it takes no part, although it was told to: it owns nothing that it should. Epoch ms, -Infinity if it has
   * taken no part yet; null while it takes part, even if there is no source left for it.
   */
  readonly outsideSinceMs: number | null
  /**
   * Takes part from now on, and reports all owned sources at each change. During a change a source may have two
   * owners or none for a moment: two are harmless (law 2), none only costs time. Called once.
   */
  claim(onChange: (sources: readonly Source[]) => void): Promise<void>
  /** Leaves at once, so that others need not wait for a timeout. Nothing is reported after that. */
  close(): Promise<void>
}
