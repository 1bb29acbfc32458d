// The writer of events: single-object encoding, straight into the record that is being made. It writes the oldest
// schema that has all fields of the event, so that an event without newer fields takes no more bytes than before, and
// older readers still read it. Written by hand, because it runs once for every event; its test compares it with the
// schemas. It trusts its input: events are validated at the front door.
import type { Event } from '../model/event.ts'
import { SINGLE_OBJECT_HEADER_BYTES, singleObjectHeader } from './framing.ts'

/** CRC-64-AVRO of event.v2.avsc, for events without a source. */
const FINGERPRINT = 0xfe6ee0b741a08253n
/** CRC-64-AVRO of event.v3.avsc, for events with one. */
const FINGERPRINT_WITH_SOURCE = 0xc592b32a8accd9e2n

const BRANCH_NULL = 0
const BRANCH_PRESENT = 2

const LONG_BYTES_MAX = 10
const UTF8_BYTES_PER_CHAR_MAX = 3
/** Two longs, the prefixes of eight strings, and five union branches. */
const NUMBERS_BYTES_MAX = 10 * LONG_BYTES_MAX + 5

/** Longer strings are written faster by the engine than by a loop. */
const LOOP_CHARS_MAX = 64
const ASCII_MAX = 0x7f

const HEADER = singleObjectHeader(FINGERPRINT)
const HEADER_WITH_SOURCE = singleObjectHeader(FINGERPRINT_WITH_SOURCE)

/** The most bytes that an event's encoding may take: `encodeEvent` needs room for them. */
export function encodedBytesMax(event: Event): number {
  const { tenant, videoId, type, id, viewerId, channelId, attributes, source } = event
  const chars =
    tenant.length +
    videoId.length +
    type.length +
    id.length +
    (viewerId?.length ?? 0) +
    (channelId?.length ?? 0) +
    (attributes?.length ?? 0) +
    (source?.length ?? 0)
  return SINGLE_OBJECT_HEADER_BYTES + NUMBERS_BYTES_MAX + chars * UTF8_BYTES_PER_CHAR_MAX
}

/**
 * Writes an event from out[at] on and returns where it ends. There must be room for `encodedBytesMax` bytes.
 */
export function encodeEvent(event: Event, out: Buffer, at: number): number {
  out.set(event.source === null ? HEADER : HEADER_WITH_SOURCE, at)
  let to = writeString(event.tenant, out, at + SINGLE_OBJECT_HEADER_BYTES)
  to = writeString(event.videoId, out, to)
  to = writeString(event.type, out, to)
  to = writeString(event.id, out, to)
  to = writeLong(event.timeMs, out, to)
  to = writeOptionalLong(event.valueThousandths, out, to)
  to = writeOptionalString(event.viewerId, out, to)
  to = writeOptionalString(event.channelId, out, to)
  to = writeOptionalString(event.attributes, out, to)
  return event.source === null ? to : writeOptionalString(event.source, out, to)
}

function writeOptionalLong(value: number | null, out: Buffer, at: number): number {
  out[at] = value === null ? BRANCH_NULL : BRANCH_PRESENT
  return value === null ? at + 1 : writeLong(value, out, at + 1)
}

function writeOptionalString(text: string | null, out: Buffer, at: number): number {
  out[at] = text === null ? BRANCH_NULL : BRANCH_PRESENT
  return text === null ? at + 1 : writeString(text, out, at + 1)
}

function writeString(text: string, out: Buffer, at: number): number {
  if (text.length <= LOOP_CHARS_MAX) {
    const to = writeShortAscii(text, out, at)
    if (to > 0) return to
  }
  const length = Buffer.byteLength(text)
  const start = writeLong(length, out, at)
  return start + out.write(text, start, length)
}

/** Writes a text if it is ASCII, else returns -1. */
function writeShortAscii(text: string, out: Buffer, at: number): number {
  const start = writeLong(text.length, out, at)
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (char > ASCII_MAX) return -1
    out[start + i] = char
  }
  return start + text.length
}

/** Zigzag, then seven bits a byte, lowest first. Exact for integers from -2^52 to 2^53. */
function writeLong(value: number, out: Buffer, at: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  let to = at
  while (rest >= 0x80) {
    out[to++] = (rest & 0x7f) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  out[to] = rest
  return to + 1
}
