// A source's state as bytes: [crc32, length of the head, head, tables of fingerprints]. Taken right after a seal and
// kept only once that seal is stored, so it holds no change that the store lacks. If any check fails it is thrown away,
// and the log rebuilds the state.
import { deserialize, serialize } from 'node:v8'
import { crc32 } from 'node:zlib'
import type { Series } from '../../../model/bucket.ts'
import { FingerprintSet } from '../../../model/fingerprint-set.ts'
import { decodeKey } from '../../../schemas/scan-record.ts'
import type { Ledger } from '../../../stores/counts/counts.ts'
import { type CoreSettings, newState, type SourceState } from './source-state.ts'
import { type TotalsColumns, TotalsTable } from './totals-table.ts'

/** 1 held fingerprints that were not keyed, 2 held their tables in the head. */
const FORMAT = 3
const CRC_BYTES = 4
/** Of the checksum and of the length of the head. */
const FRAME_BYTES = 8

type Head = {
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
  readonly minutes: readonly MinuteHead[]
}

type MinuteHead = {
  readonly minute: number
  readonly mayBeStored: boolean
  /** Lengths of the tables of fingerprints, in words. */
  readonly seen: readonly number[]
  readonly totals: TotalsColumns
}

/** About how much memory a snapshot of this state would take. */
export function snapshotBytes(state: SourceState): number {
  let bytes = 0
  for (const { seen, totals } of state.minutes.values()) bytes += seen.byteLength + totals.byteLength
  return bytes
}

/**
 * A snapshot in the making. The fingerprints, which are nearly all of it, are copied piece by piece, so that no piece
 * holds up the thread for long. Until `isWhole` the source must not take records: they would add to what is not copied.
 */
export class SnapshotCopy {
  readonly nextOffset: number
  readonly bytes: Buffer
  readonly #tables: readonly Uint8Array[]
  #table = 0
  /** How far the current table is copied, and how far `bytes` are filled. */
  #copied = 0
  #filled: number
  #crc: number

  constructor(sourceId: string, state: SourceState) {
    if (state.sealedThrough !== state.nextOffset - 1)
      throw new Error('a snapshot is taken right after a seal')
    const segments = Array.from(state.minutes.values(), ({ seen }) => seen.segments).flat()
    this.#tables = segments.map((words) => new Uint8Array(words.buffer, words.byteOffset, words.byteLength))
    const head = serialize(headOf(sourceId, state))
    this.nextOffset = state.nextOffset
    this.#filled = FRAME_BYTES + head.length
    this.bytes = Buffer.allocUnsafe(this.#tables.reduce((sum, { length }) => sum + length, this.#filled))
    this.bytes.writeUInt32LE(head.length, CRC_BYTES)
    this.bytes.set(head, FRAME_BYTES)
    this.#crc = crc32(this.bytes.subarray(CRC_BYTES, this.#filled))
    this.#finish()
  }

  get isWhole(): boolean {
    return this.#table === this.#tables.length
  }

  /** Copies the next bytes, at most so many. */
  copy(bytesMax: number): void {
    let left = bytesMax
    while (left > 0 && !this.isWhole) {
      const table = this.#tables[this.#table]!
      const piece = table.subarray(this.#copied, this.#copied + left)
      this.bytes.set(piece, this.#filled)
      this.#crc = crc32(piece, this.#crc)
      this.#filled += piece.length
      this.#copied += piece.length
      left -= piece.length
      if (this.#copied < table.length) continue
      this.#table++
      this.#copied = 0
    }
    this.#finish()
  }

  #finish(): void {
    if (this.isWhole) this.bytes.writeUInt32LE(this.#crc)
  }
}

function headOf(sourceId: string, state: SourceState): Head {
  const minutes = Array.from(state.minutes, ([minute, { seen, totals, mayBeStored }]) => {
    const lengths = seen.segments.map(({ length }) => length)
    return { minute, mayBeStored, seen: lengths, totals: totals.columns() }
  })
  const { keyId, nextOffset, logTimeMs, ledger, hydrateThroughMinute, settings } = state
  const { horizonMs, aheadMs } = settings
  const place = { nextOffset, logTimeMs, ledger, hydrateThroughMinute }
  return { format: FORMAT, sourceId, keyId, horizonMs, aheadMs, ...place, minutes }
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
  const read = readParts(bytes)
  if (read === null) return null
  const { head, tables } = read
  if (head.format !== FORMAT || head.sourceId !== sourceId || head.keyId !== keyId) return null
  if (head.horizonMs !== settings.horizonMs || head.aheadMs !== settings.aheadMs) return null
  const state = newState(settings, keyId, head.nextOffset)
  state.logTimeMs = head.logTimeMs
  state.ledger = head.ledger
  state.hydrateThroughMinute = head.hydrateThroughMinute
  let at = 0
  for (const { minute, mayBeStored, seen, totals } of head.minutes) {
    const segments = seen.map((words) => {
      const start = at
      at += words * Uint32Array.BYTES_PER_ELEMENT
      return new Uint32Array(tables.slice(start, at).buffer) // a copy, which is aligned
    })
    state.minutes.set(minute, {
      seen: new FingerprintSet(segments),
      totals: TotalsTable.from(totals, (key) => ({ ...seriesOf(key), minute })),
      mayBeStored,
      lastSeal: 0,
    })
  }
  return state
}

function readParts(bytes: Uint8Array): { head: Head; tables: Uint8Array } | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.length < FRAME_BYTES || crc32(view.subarray(CRC_BYTES)) !== view.readUInt32LE()) return null
  const headEnd = FRAME_BYTES + view.readUInt32LE(CRC_BYTES)
  try {
    const head = deserialize(view.subarray(FRAME_BYTES, headEnd)) as Head
    return { head, tables: new Uint8Array(bytes.buffer, bytes.byteOffset + headEnd, bytes.length - headEnd) }
  } catch {
    return null // of an earlier format, or written by a Node with an incompatible serializer
  }
}

function seriesOf(key: Uint8Array): Series {
  const series = decodeKey(key, 0, key.length)
  if (series === null) throw new Error('a key in a snapshot is not valid text')
  return series
}
