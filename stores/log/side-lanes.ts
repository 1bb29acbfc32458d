// The side lanes of the log, as counting uses them: late events and dead letters.
import type { RefusedRow } from '../counts/counts.ts'

/** A record or an event that could not be counted, as the log held it. */
export type DeadLetter = {
  readonly offset: number
  /** The event's place in its record; -1 for a whole record. */
  readonly index: number
  readonly logTimeMs: number
  readonly reason: string
  readonly bytes: Uint8Array
}

/** Stores events that must not be counted live. Resolved means durable; safe to repeat. */
export interface SideLanes {
  /** Encoded events that came too late for the live lane, for the reconciler. */
  keepLate(partition: number, events: readonly Uint8Array[]): Promise<void>
  keepDead(sourceId: string, letters: readonly DeadLetter[]): Promise<void>
  /** Rows that the store refuses; `logTimeMs`: the highest log time that they include. */
  keepRefused(sourceId: string, refused: readonly RefusedRow[], logTimeMs: number): Promise<void>
}
