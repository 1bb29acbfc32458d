// A bucket that may have a row from before this owner is read from the store before its first event is counted (law 3).

import { minuteOf } from '../../../model/bucket.ts'
import { oldestLiveMs } from '../../../model/horizons.ts'
import type { Total } from '../../../model/total.ts'
import { decodeKey } from '../../../schemas/scan-record.ts'
import type { DecodedRecord } from './decode-record.ts'
import { minuteState, oldestLiveMinute, type SourceState, type UnknownBucket } from './source-state.ts'

/** The buckets that these records touch and whose rows must be read first; in the steady state none, at no cost. */
export function unknownBuckets(state: SourceState, records: readonly DecodedRecord[]): UnknownBucket[] {
  const unknown = new Map<string, UnknownBucket>()
  if (!mayMeetStoredRows(state)) return []
  let { logTimeMs } = state
  for (const record of records) {
    logTimeMs = Math.max(logTimeMs, record.logTimeMs) // as it will be when the record is applied
    if (record.fault === null) collect(state, record, logTimeMs, unknown)
  }
  return Array.from(unknown.values())
}

export function insertHydrated(
  state: SourceState,
  { bucket, record, index }: UnknownBucket,
  stored: Total | null,
): void {
  const { bytes, keyStart, keyEnd } = record.columns
  const { totals } = minuteState(state, bucket.minute)
  totals.insert(bytes, keyStart[index]!, keyEnd[index]!, record.keyHashes[index]!, bucket, stored)
}

function mayMeetStoredRows(state: SourceState): boolean {
  if (state.hydrateThroughMinute >= oldestLiveMinute(state)) return true
  for (const { mayBeStored } of state.minutes.values()) if (mayBeStored) return true
  return false
}

function collect(
  state: SourceState,
  record: DecodedRecord,
  logTimeMs: number,
  unknown: Map<string, UnknownBucket>,
): void {
  const { count, fault, timeMs, bytes, keyStart, keyEnd } = record.columns
  const oldestMs = oldestLiveMs(state.settings, logTimeMs)
  const newestMs = logTimeMs + state.settings.aheadMs
  for (let i = 0; i < count; i++) {
    if (fault[i] !== 0 || timeMs[i]! < oldestMs || timeMs[i]! > newestMs) continue
    const minute = minuteOf(timeMs[i]!)
    const { totals, mayBeStored } = minuteState(state, minute)
    if (!mayBeStored || totals.find(bytes, keyStart[i]!, keyEnd[i]!, record.keyHashes[i]!) >= 0) continue
    const series = decodeKey(bytes, keyStart[i]!, keyEnd[i]!)
    if (series === null) continue
    const key = `${minute}\0${series.type}\0${series.tenant}\0${series.videoId}`
    if (!unknown.has(key)) unknown.set(key, { bucket: { ...series, minute }, record, index: i })
  }
}
