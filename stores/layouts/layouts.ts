// The routing tables in force, oldest first. Every partitioner must see a layout before the minute it takes effect.
import type { Layout } from '../../model/layout.ts'

export interface Layouts {
  /** Throws LogError `unavailable` where it cannot be told which are in force: events must not be routed then. */
  current(): readonly Layout[]
}
