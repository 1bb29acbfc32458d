// Checks the journal of a LevelDB database (its newest *.log files) before LevelDB opens it: after a wrong checksum,
// LevelDB skips what it cannot read and continues after it. Here every batch is synced before the next is written, so
// only the last one may be torn. Pure. The form: https://github.com/google/leveldb/blob/main/doc/log_format.md
import { viewOf } from './checked-value.ts'

const BLOCK_BYTES = 32_768
/** Masked CRC-32C of type and data (4 bytes) · length (2) · type (1). */
const HEADER_BYTES = 7
const TYPE_AT = 6
const FULL = 1
const FIRST = 2
const LAST = 4
/** A sector: the unit of a write, which may be missing as a whole. */
const SECTOR_BYTES = 512

type Fragment =
  | { readonly kind: 'whole'; readonly type: number; readonly end: number }
  | { readonly kind: 'cut' | 'wrong' | 'unwritten' | 'padding' }

/**
 * The position, in bytes, of the first damage that is not a torn end; null if there is none. A torn end is one that
 * was cut off, or whose sectors were never written.
 */
export function journalDamage(bytes: Uint8Array): number | null {
  let wrongAt: number | null = null
  for (let at = 0; at < bytes.length; ) {
    const fragment = fragmentAt(bytes, at)
    if (fragment.kind === 'cut') return null
    if (fragment.kind === 'whole') {
      const begins = fragment.type === FULL || fragment.type === FIRST
      if (begins && wrongAt !== null) return wrongAt // others follow it: it was not the last
      at = fragment.end
      continue
    }
    if (fragment.kind === 'wrong') return at
    if (fragment.kind === 'unwritten') wrongAt ??= at
    at = nextBlock(at)
  }
  return null
}

function fragmentAt(bytes: Uint8Array, at: number): Fragment {
  const blockEnd = nextBlock(at)
  if (blockEnd - at < HEADER_BYTES) return { kind: 'padding' }
  if (bytes.length - at < HEADER_BYTES) return { kind: 'cut' }
  const view = viewOf(bytes)
  const checksum = view.getUint32(at, true)
  const type = bytes[at + TYPE_AT]!
  const end = at + HEADER_BYTES + view.getUint16(at + 4, true)
  if (end > bytes.length && end <= blockEnd && type <= LAST) {
    return { kind: endsEarlier(bytes, at, checksum) ? 'wrong' : 'cut' }
  }
  const isWhole = end <= blockEnd && masked(crc32c(bytes, at + TYPE_AT, end)) === checksum
  if (isWhole) return { kind: 'whole', type, end }
  return { kind: hasUnwritten(bytes, at) ? 'unwritten' : 'wrong' }
}

/** Whether the checksum matches for a shorter length than the given one, which points beyond the end. */
function endsEarlier(bytes: Uint8Array, at: number, checksum: number): boolean {
  let crc = ~0
  for (let i = at + TYPE_AT; i < bytes.length; i++) {
    crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
    if (masked(~crc >>> 0) === checksum) return true
  }
  return false
}

/** Whether a sector from here to the end of the block, or the one after it, is empty. */
function hasUnwritten(bytes: Uint8Array, from: number): boolean {
  const last = Math.min(nextBlock(from), bytes.length - 1)
  for (let at = Math.ceil(from / SECTOR_BYTES) * SECTOR_BYTES; at <= last; at += SECTOR_BYTES) {
    if (bytes.subarray(at, at + SECTOR_BYTES).every((byte) => byte === 0)) return true
  }
  return false
}

function nextBlock(at: number): number {
  return at - (at % BLOCK_BYTES) + BLOCK_BYTES
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc >>> 0
})

function crc32c(bytes: Uint8Array, from: number, to: number): number {
  let crc = ~0
  for (let i = from; i < to; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
