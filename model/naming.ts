// What a deployment agrees on once about the names of events, and keeps for as long as it lives. A log that is older
// than the sources of CloudEvents holds events without one. An event that is sent again must get the name that it had,
// so the agreement says from which event time on a source belongs to the name.
import { MINUTE_MS } from './bucket.ts'
import type { NameKey } from './name-key.ts'

export type Naming = {
  readonly key: NameKey
  /** Events whose time lies before it are named and stored without their source. Epoch ms, a whole minute; 0: none. */
  readonly sourcesFromMs: number
}

/** The furthest ahead of its clock that any front door takes an event. */
export const AHEAD_MS_MAX = 60 * MINUTE_MS
/**
 * How long front doors of the version before may go on beside new ones. What they take of later minutes has no source,
 * so a copy of it that is sent to a new one counts twice.
 */
const OLD_DOORS_MS = 15 * MINUTE_MS

/** Later than every event that a version without sources may have taken or will take. */
export const SOURCES_LEAD_MS = AHEAD_MS_MAX + OLD_DOORS_MS

/** For a log that is older than sources. */
export function sourcesFrom(nowMs: number, leadMs: number): number {
  return Math.ceil((nowMs + leadMs) / MINUTE_MS) * MINUTE_MS
}
