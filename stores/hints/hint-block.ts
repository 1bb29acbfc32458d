// A hint block as bytes: with a checksum that covers its source, and the entries grouped by minute, so that an id
// takes 16 bytes. Bytes with any irregularity are not a block. Pure.
//
//   crc32 · format · from, to, log time (float64) · key id (64 bits) · per minute: minute, count, fingerprints
//
// Everything except the checksum is in the machine's own byte order; another byte order reads as another format.
import { FINGERPRINT_WORDS } from '../../model/fingerprint-set.ts'
import { hasChecksum, stampChecksum } from '../disk/checked-value.ts'
import type { HintBlock } from './hints.ts'

/** 0x7461_0001 held fingerprints that were not keyed. */
const FORMAT = 0x7461_0002
const FORMAT_WORD = 1
const NUMBERS_BYTE = 8
const KEY_WORD = 8
const HEAD_WORDS = 10
const GROUP_HEAD_WORDS = 2
const ENTRY_WORDS = 1 + FINGERPRINT_WORDS

export function encodeHintBlock(sourceId: string, block: HintBlock): Uint8Array {
  const { keyId, from, to, logTimeMs, entries } = block
  const groups = groupsOf(entries)
  const idWords = (entries.length / ENTRY_WORDS) * FINGERPRINT_WORDS
  const words = new Uint32Array(HEAD_WORDS + groups.size * GROUP_HEAD_WORDS + idWords)
  words[FORMAT_WORD] = FORMAT
  new Float64Array(words.buffer, NUMBERS_BYTE, 3).set([from, to, logTimeMs])
  words[KEY_WORD] = Number.parseInt(keyId.slice(0, 8), 16)
  words[KEY_WORD + 1] = Number.parseInt(keyId.slice(8), 16)
  let at = HEAD_WORDS
  for (const [minute, group] of groups) {
    words[at] = minute
    words[at + 1] = group.count
    group.end = at + GROUP_HEAD_WORDS
    at = group.end + group.count * FINGERPRINT_WORDS
  }
  writeIds(words, groups, entries)
  const bytes = new Uint8Array(words.buffer)
  stampChecksum(sourceId, bytes)
  return bytes
}

/**
 * The block, its entries in the order in which their minutes first appear; null for anything but a block of this
 * source.
 */
export function decodeHintBlock(sourceId: string, bytes: Uint8Array): HintBlock | null {
  if (bytes.length % 4 !== 0 || bytes.length < 4 * HEAD_WORDS || !hasChecksum(sourceId, bytes)) return null
  const words = new Uint32Array(Uint8Array.from(bytes).buffer)
  if (words[FORMAT_WORD] !== FORMAT) return null
  const [from, to, logTimeMs] = new Float64Array(words.buffer, NUMBERS_BYTE, 3)
  const entries = readGroups(words)
  if (entries === null) return null
  return { keyId: keyIdIn(words), from: from!, to: to!, logTimeMs: logTimeMs!, entries }
}

function keyIdIn(words: Uint32Array): string {
  return Array.from(words.subarray(KEY_WORD, HEAD_WORDS), (word) => word.toString(16).padStart(8, '0')).join(
    '',
  )
}

/** The ids of one minute: their number, and where the written ones end in the words. */
type Group = { count: number; end: number }

function groupsOf(entries: Uint32Array): Map<number, Group> {
  const groups = new Map<number, Group>()
  for (let at = 0; at < entries.length; ) {
    const minute = entries[at]!
    const start = at
    while (entries[at] === minute) at += ENTRY_WORDS
    const group = groups.get(minute) ?? { count: 0, end: 0 }
    group.count += (at - start) / ENTRY_WORDS
    groups.set(minute, group)
  }
  return groups
}

function writeIds(words: Uint32Array, groups: ReadonlyMap<number, Group>, entries: Uint32Array): void {
  for (let at = 0; at < entries.length; ) {
    const minute = entries[at]!
    const group = groups.get(minute)!
    while (entries[at] === minute) {
      for (let word = 1; word < ENTRY_WORDS; word++) words[group.end++] = entries[at + word]!
      at += ENTRY_WORDS
    }
  }
}

function readGroups(words: Uint32Array): Uint32Array | null {
  const length = entryCount(words)
  if (length === null) return null
  const entries = new Uint32Array(length * ENTRY_WORDS)
  let entry = 0
  for (let at = HEAD_WORDS; at < words.length; ) {
    const minute = words[at]!
    const end = at + GROUP_HEAD_WORDS + words[at + 1]! * FINGERPRINT_WORDS
    for (at += GROUP_HEAD_WORDS; at < end; at += FINGERPRINT_WORDS) {
      entries[entry++] = minute
      for (let word = 0; word < FINGERPRINT_WORDS; word++) entries[entry++] = words[at + word]!
    }
  }
  return entries
}

/** The entries of all groups, or null if the groups do not end where the words end. */
function entryCount(words: Uint32Array): number | null {
  let entries = 0
  let at = HEAD_WORDS
  while (at < words.length) {
    entries += words[at + 1] ?? 0
    at += GROUP_HEAD_WORDS + (words[at + 1] ?? 0) * FINGERPRINT_WORDS
  }
  return at === words.length ? entries : null
}
