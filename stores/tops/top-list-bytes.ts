// A list of videos as bytes, about 15 a video: version, floor, and for each video the length of its id in UTF-8, the
// id, its count and its slack. Numbers are LEB128 varints. Only closed lists are stored so, whose counts are not
// negative.
import { EMPTY_LIST, type TopList } from './top-list.ts'

const FORMAT = 1
const VARINT_BYTES_MAX = 8
const LOW_BITS = 0x7f
const MORE = 0x80
const SEVEN_BITS = 128

export function encodeList({ counts, slacks, floor }: TopList): Uint8Array {
  const ids = [...counts.keys()].map((videoId) => Buffer.from(videoId))
  const idBytes = ids.reduce((sum, id) => sum + id.length, 0)
  const bytes = Buffer.allocUnsafe(1 + VARINT_BYTES_MAX + idBytes + ids.length * 3 * VARINT_BYTES_MAX)
  bytes[0] = FORMAT
  let at = writeVarint(bytes, 1, floor)
  let index = 0
  for (const [videoId, count] of counts) {
    const id = ids[index++]!
    at = writeVarint(bytes, at, id.length)
    at += id.copy(bytes, at)
    at = writeVarint(bytes, at, count)
    at = writeVarint(bytes, at, slacks.get(videoId) ?? 0)
  }
  return Uint8Array.prototype.slice.call(bytes, 0, at) // a copy, so that the room that was not needed is free
}

/** Null if the bytes are not a list. */
export function decodeList(bytes: Uint8Array): TopList | null {
  if (bytes.length < 2 || bytes[0] !== FORMAT) return null
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const reader = { bytes, at: 1 }
  const floor = readVarint(reader)
  const counts = new Map<string, number>()
  const slacks = new Map<string, number>()
  while (reader.at < bytes.length) {
    const length = readVarint(reader)
    const videoId = text.toString('utf8', reader.at, reader.at + length)
    reader.at += length
    counts.set(videoId, readVarint(reader))
    const slack = readVarint(reader)
    if (slack > 0) slacks.set(videoId, slack)
  }
  return reader.at === bytes.length ? { ...EMPTY_LIST, counts, slacks, floor } : null
}

function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let [at, rest] = [start, value]
  while (rest >= SEVEN_BITS) {
    bytes[at++] = (rest % SEVEN_BITS) | MORE
    rest = Math.floor(rest / SEVEN_BITS)
  }
  bytes[at++] = rest
  return at
}

function readVarint(reader: { readonly bytes: Uint8Array; at: number }): number {
  let [value, scale] = [0, 1]
  for (;;) {
    const byte = reader.bytes[reader.at++] ?? 0
    value += (byte & LOW_BITS) * scale
    if (byte < MORE) return value
    scale *= SEVEN_BITS
  }
}
