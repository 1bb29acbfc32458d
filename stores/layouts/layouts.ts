// The layouts in force, oldest first. Every partitioner must see a layout before the minute in which it takes effect.
import type { Layout } from '../../model/layout.ts'

export interface Layouts {
  /** Throws LogError `unavailable` if it is unknown which are in force: events must not be routed then. */
  current(): readonly Layout[]
}
