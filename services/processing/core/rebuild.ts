// A new owner starts at a checkpoint. It must know which ids the earlier offsets held: it learns them from the log,
// or from hint blocks that join without a gap (law 4).
import { MINUTE_MS, minuteOf } from '../../../model/bucket.ts'
import { FINGERPRINT_WORDS } from '../../../model/fingerprint-set.ts'
import { oldestLiveMs } from '../../../model/horizons.ts'
import type { Checkpoint } from '../../../stores/counts/counts.ts'
import type { HintBlock } from '../../../stores/hints/hints.ts'
import type { DecodedRecord } from './decode-record.ts'
import { dropExpiredMinutes } from './seal.ts'
import { type CoreSettings, minuteState, type SourceState } from './source-state.ts'

/**
 * The log time from which on the log must be read to know every id that an event after the checkpoint can repeat: such
 * an event is at most L old, and its first copy was at most `aheadMs` ahead of the log time it was appended at.
 */
export function rebuildFromMs(settings: CoreSettings, checkpoint: Checkpoint): number {
  return oldestLiveMs(settings, checkpoint.logTimeMs) - settings.aheadMs - MINUTE_MS
}

/**
 * Whether a block may be used now: it was made with the key of this state, leaves no gap before it and holds nothing
 * from after the checkpoint.
 */
export function hintJoins(state: SourceState, checkpoint: Checkpoint, block: HintBlock): boolean {
  if (block.keyId !== state.keyId) return false
  return block.from <= state.nextOffset && block.to > state.nextOffset && block.to <= checkpoint.offset + 1
}

export function indexHint(state: SourceState, block: HintBlock): void {
  const { entries } = block
  for (let at = 0; at < entries.length; at += 1 + FINGERPRINT_WORDS) {
    minuteState(state, entries[at]!).seen.add(entries, at + 1)
  }
  state.logTimeMs = Math.max(state.logTimeMs, block.logTimeMs)
  state.nextOffset = block.to
}

export function indexRecord(state: SourceState, record: DecodedRecord): void {
  const { count, fault, timeMs } = record.columns
  state.logTimeMs = Math.max(state.logTimeMs, record.logTimeMs)
  const oldestMs = oldestLiveMs(state.settings, state.logTimeMs)
  const newestMs = state.logTimeMs + state.settings.aheadMs
  for (let i = 0; i < (record.fault === null ? count : 0); i++) {
    if (fault[i] !== 0 || timeMs[i]! < oldestMs || timeMs[i]! > newestMs) continue
    minuteState(state, minuteOf(timeMs[i]!)).seen.add(record.fingerprints, i * FINGERPRINT_WORDS)
  }
  state.nextOffset = record.offset + 1
}

export function takeOver(state: SourceState, checkpoint: Checkpoint): void {
  if (state.nextOffset > checkpoint.offset + 1) throw new Error('the index goes beyond the checkpoint')
  state.nextOffset = checkpoint.offset + 1
  state.sealedThrough = checkpoint.offset
  state.logTimeMs = Math.max(state.logTimeMs, checkpoint.logTimeMs)
  state.sealedMinute = minuteOf(state.logTimeMs)
  state.ledger = checkpoint.ledger
  state.hydrateThroughMinute = minuteOf(checkpoint.logTimeMs + state.settings.aheadMs)
  for (const held of state.minutes.values()) held.mayBeStored = true
  dropExpiredMinutes(state)
}
