// Everything that processing knows about one source: a pure function of the log up to `nextOffset`, apart from what
// it has read from or written to the store.

import { type Bucket, minuteOf } from '../../../model/bucket.ts'
import { FingerprintSet } from '../../../model/fingerprint-set.ts'
import { type Horizons, oldestLiveMs } from '../../../model/horizons.ts'
import { EMPTY_LEDGER, type Ledger } from '../../../stores/counts/counts.ts'
import type { HintBlock } from '../../../stores/hints/hints.ts'
import type { DeadLetter } from '../../../stores/log/side-lanes.ts'
import type { DecodedRecord } from './decode-record.ts'
import { TotalsTable } from './totals-table.ts'
import { WriteQueue } from './write-queue.ts'

export type CoreSettings = Horizons & {
  /** How far an event's time may be ahead of log time: S plus how far the clocks of servers may differ. */
  readonly aheadMs: number
  /** Rows, late events and dead letters at which the table of changes is sealed, whatever the time. */
  readonly flushRowsMax: number
  /** Tables that may be written to the store at once; later ones coalesce while they wait. */
  readonly writersMax: number
  /** Rows sealed and not yet stored at which the source is paused. */
  readonly queueRowsMax: number
  /**
   * Running totals held in memory; beyond this, stored rows of the oldest minutes are dropped, and read again if
   * needed.
   */
  readonly totalsRowsMax: number
  /** Whether hint blocks are made. */
  readonly hints: boolean
}

export type MinuteState = {
  readonly seen: FingerprintSet
  totals: TotalsTable
  /** Whether the store may hold rows that `totals` does not: then a bucket is read before it is first counted. */
  mayBeStored: boolean
  /** The last seal that took rows of this minute; they are evictable once it is stored. */
  lastSeal: number
}

/** A bucket whose row must be read before it is counted, and the event of the parked records that first needs it. */
export type UnknownBucket = {
  readonly bucket: Bucket
  readonly record: DecodedRecord
  readonly index: number
}

export type SourceState = {
  readonly settings: CoreSettings
  /** Which key all fingerprints here are made with. */
  readonly keyId: string
  /** Everything before this offset has been applied. */
  nextOffset: number
  /** The highest log time so far. A cluster's log time may step back; this does not. */
  logTimeMs: number
  ledger: Ledger
  /** Late events and dead letters up to this offset are in their lanes already: a checkpoint stands there (law 6). */
  putAsideThrough: number
  /** Buckets of this minute and earlier may have rows from before the takeover (law 3). */
  hydrateThroughMinute: number
  readonly minutes: Map<number, MinuteState>
  /** Records that wait for rows from the store, and which rows. */
  parked: { readonly records: readonly DecodedRecord[]; readonly unknown: readonly UnknownBucket[] } | null
  late: Uint8Array[]
  dead: DeadLetter[]
  hintEntries: number[]
  seals: number
  sealedThrough: number
  sealedMinute: number
  readonly queue: WriteQueue
}

/** The state at the start of a source, or at `nextOffset` with nothing known about earlier records. */
export function newState(settings: CoreSettings, keyId: string, nextOffset = 0): SourceState {
  return {
    settings,
    keyId,
    nextOffset,
    logTimeMs: -Infinity,
    ledger: EMPTY_LEDGER,
    putAsideThrough: nextOffset - 1,
    hydrateThroughMinute: -Infinity,
    minutes: new Map(),
    parked: null,
    late: [],
    dead: [],
    hintEntries: [],
    seals: 0,
    sealedThrough: nextOffset - 1,
    sealedMinute: -Infinity,
    queue: new WriteQueue(settings.writersMax),
  }
}

export function minuteState(state: SourceState, minute: number): MinuteState {
  let held = state.minutes.get(minute)
  if (held === undefined) {
    const mayBeStored = minute <= state.hydrateThroughMinute
    // As many ids are to be expected as in the minute before; it grows as ever where there are more.
    const seen = FingerprintSet.withRoomFor(state.minutes.get(minute - 1)?.seen.size ?? 0)
    held = { seen, totals: new TotalsTable(), mayBeStored, lastSeal: 0 }
    state.minutes.set(minute, held)
  }
  return held
}

/** The oldest minute for which an event may still be counted live. */
export function oldestLiveMinute(state: SourceState): number {
  return minuteOf(oldestLiveMs(state.settings, state.logTimeMs))
}

export function changedRows(state: SourceState): number {
  let rows = 0
  for (const { totals } of state.minutes.values()) rows += totals.changedRows
  return rows
}

export function toHintBlock(state: SourceState): HintBlock {
  const entries = Uint32Array.from(state.hintEntries)
  const { keyId, sealedThrough, nextOffset, logTimeMs } = state
  return { keyId, from: sealedThrough + 1, to: nextOffset, logTimeMs, entries }
}
