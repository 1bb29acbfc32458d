// Ports of processing besides the log and the counts: side lanes, hint blocks and snapshots.
import type { Ledger, RefusedRow } from '../counts/counts.ts'

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

/**
 * The ids that were new in a range of a source: offsets [from, to). A hint may be lost at any time; a reader must
 * check that hints join without a gap (law 4).
 */
export type HintBlock = {
  /** Which key made the fingerprints; under another key they are useless. */
  readonly keyId: string
  readonly from: number
  readonly to: number
  /** The highest log time before `to`. */
  readonly logTimeMs: number
  /** Per id five words: the event's minute, then its fingerprint. */
  readonly entries: Uint32Array
}

export interface HintStore {
  put(sourceId: string, block: HintBlock): Promise<void>
  /** Blocks that overlap [from, to), in order of `from`; as many as are still there. */
  read(sourceId: string, from: number, to: number): Promise<readonly HintBlock[]>
}

/** The newest snapshot of a source's state. It only saves time: null or damaged bytes cost no counts. */
export interface SnapshotStore {
  /** The caller owns the bytes: it may write into them. */
  read(sourceId: string): Promise<Uint8Array | null>
  write(sourceId: string, bytes: Uint8Array): Promise<void>
}

export const NO_PROBES = { records: 0, events: 0, counted: 0, duplicate: 0, late: 0, dead: 0 }

export const EMPTY_LEDGER: Ledger = {
  records: 0,
  events: 0,
  counted: 0,
  duplicate: 0,
  late: 0,
  dead: 0,
  deadRecords: 0,
}
