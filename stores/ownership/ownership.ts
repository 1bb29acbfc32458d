// Which sources this process counts. Processes that share them divide them up and take over from each other.
import type { Source } from '../log/log.ts'

export interface Ownership {
  /**
   * Takes part from now on, and tells at each change all the sources that are owned then. While it settles a source
   * may have two owners or none for a moment: two are harmless (law 2), none only costs time. Called once.
   */
  claim(onChange: (sources: readonly Source[]) => void): Promise<void>
  /** Leaves at once, so that others need not wait to find out. Nothing is told after that. */
  close(): Promise<void>
}
