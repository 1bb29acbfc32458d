// A source's state as bytes: [crc32, body]. Taken right after a seal and kept only once that seal is stored, so it
// holds no change that the store lacks. If any check fails it is thrown away, and the log rebuilds the state.
import { deserialize, serialize } from 'node:v8'
import { crc32 } from 'node:zlib'
import type { Series } from '../../../model/bucket.ts'
import { FingerprintSet } from '../../../model/fingerprint-set.ts'
import { decodeKey } from '../../../schemas/scan-record.ts'
import type { Ledger } from '../../../stores/counts/counts.ts'
import { type CoreSettings, newState, type SourceState } from './source-state.ts'
import { type TotalsColumns, TotalsTable } from './totals-table.ts'

/** 1 held fingerprints that were not keyed. */
const FORMAT = 2
const CRC_BYTES = 4

type Body = {
  readonly format: number
  readonly sourceId: string
  /** The fingerprints of a snapshot are useless under another key. */
  readonly keyId: string
  /** A snapshot taken under another horizon holds other minutes. */
  readonly horizonMs: number
  readonly aheadMs: number
  readonly nextOffset: number
  readonly logTimeMs: number
  readonly ledger: Ledger
  readonly hydrateThroughMinute: number
  readonly minutes: readonly MinuteBody[]
}

type MinuteBody = {
  readonly minute: number
  readonly mayBeStored: boolean
  readonly seen: readonly Uint32Array[]
  readonly totals: TotalsColumns
}

/** About how much memory a snapshot of this state would take. */
export function snapshotBytes(state: SourceState): number {
  let bytes = 0
  for (const { seen, totals } of state.minutes.values()) bytes += seen.byteLength + totals.byteLength
  return bytes
}

export function encodeSnapshot(sourceId: string, state: SourceState): Uint8Array {
  if (state.sealedThrough !== state.nextOffset - 1) throw new Error('a snapshot is taken right after a seal')
  const minutes = Array.from(state.minutes, ([minute, { seen, totals, mayBeStored }]) => {
    return { minute, mayBeStored, seen: seen.segments, totals: totals.columns() }
  })
  const { keyId, nextOffset, logTimeMs, ledger, hydrateThroughMinute, settings } = state
  const { horizonMs, aheadMs } = settings
  const head = {
    format: FORMAT,
    sourceId,
    keyId,
    horizonMs,
    aheadMs,
    nextOffset,
    logTimeMs,
    ledger,
    hydrateThroughMinute,
  }
  const body = serialize({ ...head, minutes } satisfies Body)
  const bytes = Buffer.allocUnsafe(CRC_BYTES + body.length)
  bytes.writeUInt32LE(crc32(body))
  body.copy(bytes, CRC_BYTES)
  return bytes
}

/**
 * The state that a snapshot holds, or null when it is damaged, of another source or format, or taken under another key
 * or other settings.
 */
export function decodeSnapshot(
  sourceId: string,
  settings: CoreSettings,
  keyId: string,
  bytes: Uint8Array,
): SourceState | null {
  const body = readBody(bytes)
  if (body === null || body.format !== FORMAT || body.sourceId !== sourceId) return null
  if (body.keyId !== keyId) return null
  if (body.horizonMs !== settings.horizonMs || body.aheadMs !== settings.aheadMs) return null
  const state = newState(settings, keyId, body.nextOffset)
  state.logTimeMs = body.logTimeMs
  state.ledger = body.ledger
  state.hydrateThroughMinute = body.hydrateThroughMinute
  for (const { minute, mayBeStored, seen, totals } of body.minutes) {
    state.minutes.set(minute, {
      seen: new FingerprintSet(seen),
      totals: TotalsTable.from(totals, seriesOf),
      mayBeStored,
      lastSeal: 0,
    })
  }
  return state
}

function readBody(bytes: Uint8Array): Body | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.length < CRC_BYTES || crc32(view.subarray(CRC_BYTES)) !== view.readUInt32LE()) return null
  try {
    return deserialize(view.subarray(CRC_BYTES)) as Body
  } catch {
    return null // written by a Node with an incompatible serializer
  }
}

function seriesOf(key: Uint8Array): Series {
  const series = decodeKey(key, 0, key.length)
  if (series === null) throw new Error('a key in a snapshot is not valid text')
  return series
}
