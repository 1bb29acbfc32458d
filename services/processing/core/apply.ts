// The hot path: each event of a record ends as exactly one of counted, duplicate, late or dead (law 7).

import { minuteOf } from '../../../model/bucket.ts'
import { FINGERPRINT_WORDS } from '../../../model/fingerprint-set.ts'
import { oldestLiveMs } from '../../../model/horizons.ts'
import { decodeKey, EVENT_FAULTS } from '../../../schemas/scan-record.ts'
import { NO_PROBES, type Outcomes } from '../../../stores/counts/counts.ts'
import type { DecodedRecord } from './decode-record.ts'
import { runFrom } from './probe-events.ts'
import { type MinuteState, minuteState, type SourceState } from './source-state.ts'

export function applyRecord(state: SourceState, record: DecodedRecord): void {
  if (record.offset < state.nextOffset) throw new Error(`offset ${record.offset} came again`)
  state.logTimeMs = Math.max(state.logTimeMs, record.logTimeMs)
  if (record.fault === null) {
    applyEvents(state, record)
  } else {
    bury(state, record, -1, record.fault)
    state.ledger = {
      ...state.ledger,
      records: state.ledger.records + 1,
      deadRecords: state.ledger.deadRecords + 1,
    }
  }
  state.nextOffset = record.offset + 1
}

function applyEvents(state: SourceState, record: DecodedRecord): void {
  const { count } = record.columns
  let { ledger } = state
  let probed = 0
  for (let from = 0; from < count; ) {
    const { isProbe, to } = runFrom(record.columns, from)
    const outcomes = applyRun(state, record, from, to)
    const { probe = NO_PROBES } = ledger
    ledger = { ...ledger, ...added(ledger, outcomes) }
    if (isProbe) {
      probed += to - from
      const records = probed === count ? 1 : 0
      ledger = { ...ledger, probe: { ...added(probe, outcomes), records: probe.records + records } }
    }
    from = to
  }
  state.ledger = { ...ledger, records: ledger.records + 1 }
}

/** The events in [from, to) of a record. */
function applyRun(state: SourceState, record: DecodedRecord, from: number, to: number): Outcomes {
  const { fault, timeMs, value } = record.columns
  const { fingerprints } = record
  const oldestMs = oldestLiveMs(state.settings, state.logTimeMs)
  const newestMs = state.logTimeMs + state.settings.aheadMs
  let counted = 0
  let duplicate = 0
  let late = 0
  let minute = Number.NaN
  let held: MinuteState | undefined
  for (let i = from; i < to; i++) {
    if (fault[i] !== 0) {
      bury(state, record, i, EVENT_FAULTS[fault[i]!]!)
      continue
    }
    const time = timeMs[i]!
    if (time < oldestMs) {
      late++
      if (record.offset > state.putAsideThrough) state.late.push(encodedEvent(record, i))
      continue
    }
    if (time > newestMs) {
      bury(state, record, i, 'time_in_future')
      continue
    }
    const eventMinute = minuteOf(time)
    if (held === undefined || eventMinute !== minute) {
      minute = eventMinute
      held = minuteState(state, minute)
    }
    if (!held.seen.add(fingerprints, i * FINGERPRINT_WORDS)) {
      duplicate++
      continue
    }
    if (state.settings.hints) noteHint(state, minute, fingerprints, i * FINGERPRINT_WORDS)
    const row = rowOf(held, minute, record, i)
    if (row < 0) {
      bury(state, record, i, 'invalid_key')
      continue
    }
    held.totals.count(row, record.offset, value[i]!)
    counted++
  }
  const events = to - from
  return { events, counted, duplicate, late, dead: events - counted - duplicate - late }
}

function added(ledger: Outcomes, more: Outcomes): Outcomes {
  return {
    events: ledger.events + more.events,
    counted: ledger.counted + more.counted,
    duplicate: ledger.duplicate + more.duplicate,
    late: ledger.late + more.late,
    dead: ledger.dead + more.dead,
  }
}

/** The row of event i, made if it is new; -1 if its key is not valid text. */
function rowOf(
  { totals, mayBeStored }: MinuteState,
  minute: number,
  record: DecodedRecord,
  i: number,
): number {
  const { bytes, keyStart, keyEnd } = record.columns
  const hash = record.keyHashes[i]!
  const row = totals.find(bytes, keyStart[i]!, keyEnd[i]!, hash)
  if (row >= 0) return row
  const series = decodeKey(bytes, keyStart[i]!, keyEnd[i]!)
  if (series === null) return -1
  if (mayBeStored) throw new Error(`a bucket of ${series.videoId} was counted before its row was read`)
  return totals.insert(bytes, keyStart[i]!, keyEnd[i]!, hash, { ...series, minute }, null)
}

function bury(state: SourceState, record: DecodedRecord, index: number, reason: string): void {
  if (record.offset <= state.putAsideThrough) return
  const bytes = index < 0 ? Uint8Array.from(record.bytes) : encodedEvent(record, index)
  state.dead.push({ offset: record.offset, index, logTimeMs: record.logTimeMs, reason, bytes })
}

/** A copy of event i's bytes: the record's own are free for reuse after the step. */
function encodedEvent({ columns }: DecodedRecord, i: number): Uint8Array {
  return Uint8Array.from(columns.bytes.subarray(columns.bodyStart[i]!, columns.bodyEnd[i]!))
}

function noteHint(state: SourceState, minute: number, words: Uint32Array, at: number): void {
  state.hintEntries.push(minute, words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!)
}
