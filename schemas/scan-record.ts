// The hot path's reader: one walk over a record's bytes finds the positions of each event's key and id, its time and
// value. Nothing is allocated for an event, each byte costs constant work, and no length is trusted before it is
// checked. It knows the fields of an event by their order (schemas/event.*.avsc) and must not know what is counted,
// or how.
import { isUtf8 } from 'node:buffer'
import type { Series } from '../model/bucket.ts'
import {
  LENGTH_BYTES,
  RECORD_HEADER_BYTES,
  RECORD_MAGIC,
  RECORD_VERSION,
  SINGLE_OBJECT_HEADER_BYTES,
  SINGLE_OBJECT_MARKER,
  wordAt,
} from './framing.ts'
import {
  EVENTS_PER_RECORD_MAX,
  ID_BYTES_MAX,
  OPTIONAL_BYTES_MAX,
  SOURCE_BYTES_MAX,
  TENANT_BYTES_MAX,
  TIME_MS_MAX,
  TYPE_BYTES_MAX,
  VALUE_THOUSANDTHS_MAX,
  VIDEO_ID_BYTES_MAX,
} from './limits.ts'
import { lengthAt, prefixBytes, readLong } from './varint.ts'

/** What a scan must know of a schema, looked up in the SchemaSet by its fingerprint. */
export type KnownSchemas = { optionalStrings(fingerprintLow: number, fingerprintHigh: number): number }

/** Why a record cannot be split into events. */
export type RecordFault = 'not_a_record' | 'unknown_record_version' | 'too_many_events' | 'bad_framing'

/** Why an event cannot be read, by fault code; `none` is 0. `invalid_key` is found by `decodeKey` alone. */
export const EVENT_FAULTS = [
  'none',
  'not_single_object',
  'unknown_schema',
  'invalid_tenant',
  'invalid_video_id',
  'invalid_type',
  'invalid_id',
  'invalid_time',
  'invalid_value',
  'invalid_optional',
  'trailing_bytes',
  'invalid_key',
  'invalid_source',
] as const

export type EventFault = Exclude<(typeof EVENT_FAULTS)[number], 'none'>

const OK = 0
const NOT_SINGLE_OBJECT = EVENT_FAULTS.indexOf('not_single_object')
const UNKNOWN_SCHEMA = EVENT_FAULTS.indexOf('unknown_schema')
const INVALID_TENANT = EVENT_FAULTS.indexOf('invalid_tenant')
const INVALID_VIDEO_ID = EVENT_FAULTS.indexOf('invalid_video_id')
const INVALID_TYPE = EVENT_FAULTS.indexOf('invalid_type')
const INVALID_ID = EVENT_FAULTS.indexOf('invalid_id')
const INVALID_TIME = EVENT_FAULTS.indexOf('invalid_time')
const INVALID_VALUE = EVENT_FAULTS.indexOf('invalid_value')
const INVALID_OPTIONAL = EVENT_FAULTS.indexOf('invalid_optional')
const TRAILING_BYTES = EVENT_FAULTS.indexOf('trailing_bytes')
const INVALID_SOURCE = EVENT_FAULTS.indexOf('invalid_source')

/** How many optional strings come before the source: viewerId, channelId, attributes. */
const SOURCE_PLACE = 3

/** Union branches as the one byte that their zigzag number takes. */
const BRANCH_NULL = 0
const BRANCH_PRESENT = 2

const COLUMNS_FIRST = 64

/** 1 for each byte that an event's id may contain: [A-Za-z0-9._:-]. */
const ID_BYTES = allowing(/[A-Za-z0-9._:-]/)

/** The same for a source: printable ASCII without a space, as in every URI-reference (RFC 3986). */
const SOURCE_BYTES = allowing(/[!-~]/)

/**
 * The events 0 … count-1 of one record, as columns. All positions are offsets in `bytes`. If fault[i] is not 0, only
 * bodyStart[i] and bodyEnd[i] are meaningful, and the name is empty. Reusable: a scan overwrites the previous one.
 */
export class EventColumns {
  count = 0
  bytes: Buffer = Buffer.alloc(0)
  /** The event's single-object encoding, from its C3 01. */
  bodyStart = new Int32Array(COLUMNS_FIRST)
  bodyEnd = new Int32Array(COLUMNS_FIRST)
  /**
   * Tenant, video and type as encoded, one after the other: equal keys have equal bytes. The id follows, so the bytes
   * from keyStart to idEnd are the event's name, each of its parts preceded by its length.
   */
  keyStart = new Int32Array(COLUMNS_FIRST)
  videoEnd = new Int32Array(COLUMNS_FIRST)
  keyEnd = new Int32Array(COLUMNS_FIRST)
  /** The characters of the id, without its length. */
  idStart = new Int32Array(COLUMNS_FIRST)
  idEnd = new Int32Array(COLUMNS_FIRST)
  /** The characters of the source, which belongs to the event's name as the id does; both 0 where there is none. */
  sourceStart = new Int32Array(COLUMNS_FIRST)
  sourceEnd = new Int32Array(COLUMNS_FIRST)
  timeMs = new Float64Array(COLUMNS_FIRST)
  /** Thousandths; NaN where the event has no value. */
  value = new Float64Array(COLUMNS_FIRST)
  /** 0, or an index in EVENT_FAULTS. */
  fault = new Uint8Array(COLUMNS_FIRST)

  /** Makes room for `count` events; the present ones may be lost. */
  reserve(count: number): void {
    if (count <= this.fault.length) return
    const capacity = 2 ** Math.ceil(Math.log2(count))
    this.bodyStart = new Int32Array(capacity)
    this.bodyEnd = new Int32Array(capacity)
    this.keyStart = new Int32Array(capacity)
    this.videoEnd = new Int32Array(capacity)
    this.keyEnd = new Int32Array(capacity)
    this.idStart = new Int32Array(capacity)
    this.idEnd = new Int32Array(capacity)
    this.sourceStart = new Int32Array(capacity)
    this.sourceEnd = new Int32Array(capacity)
    this.timeMs = new Float64Array(capacity)
    this.value = new Float64Array(capacity)
    this.fault = new Uint8Array(capacity)
  }
}

/**
 * Finds the events of a record. If they cannot be separated, a fault is returned and `into` holds none; a fault of
 * one event is noted in its column and does not affect its neighbours. Never throws. `into` keeps a view of `bytes`.
 */
export function scanRecord(schemas: KnownSchemas, bytes: Uint8Array, into: EventColumns): RecordFault | null {
  const buffer = bufferOf(bytes)
  into.bytes = buffer
  into.count = 0
  const end = buffer.length
  if (end < RECORD_HEADER_BYTES || buffer[0] !== RECORD_MAGIC) return 'not_a_record'
  if (buffer[1] !== RECORD_VERSION) return 'unknown_record_version'
  const count = wordAt(buffer, 2) >>> 0
  if (count > EVENTS_PER_RECORD_MAX) return 'too_many_events'
  if (count * LENGTH_BYTES > end - RECORD_HEADER_BYTES) return 'bad_framing'
  into.reserve(count)
  let at = RECORD_HEADER_BYTES
  for (let i = 0; i < count; i++) {
    const start = at + LENGTH_BYTES
    if (start > end) return 'bad_framing'
    const length = wordAt(buffer, at) >>> 0
    if (length > end - start) return 'bad_framing'
    at = start + length
    const fault = scanEvent(schemas, into, i, start, at)
    into.fault[i] = fault
    if (fault !== OK) clearName(into, i)
  }
  if (at !== end) return 'bad_framing'
  into.count = count
  return null
}

/**
 * Fills row i of `into` from the single-object encoding at [start, end) of its bytes, and returns the fault
 * code.
 */
export function scanEvent(
  schemas: KnownSchemas,
  into: EventColumns,
  i: number,
  start: number,
  end: number,
): number {
  const { bytes } = into
  into.bodyStart[i] = start
  into.bodyEnd[i] = end
  const tenantAt = start + SINGLE_OBJECT_HEADER_BYTES
  if (tenantAt > end) return NOT_SINGLE_OBJECT
  if ((bytes[start]! | (bytes[start + 1]! << 8)) !== SINGLE_OBJECT_MARKER) return NOT_SINGLE_OBJECT
  const optionals = schemas.optionalStrings(wordAt(bytes, start + 2), wordAt(bytes, start + 6))
  if (optionals < 0) return UNKNOWN_SCHEMA

  const videoAt = stringEnd(bytes, tenantAt, end, 0, TENANT_BYTES_MAX)
  if (videoAt < 0) return INVALID_TENANT
  const typeAt = stringEnd(bytes, videoAt, end, 1, VIDEO_ID_BYTES_MAX)
  if (typeAt < 0) return INVALID_VIDEO_ID
  const idAt = stringEnd(bytes, typeAt, end, 1, TYPE_BYTES_MAX)
  if (idAt < 0) return INVALID_TYPE
  const timeAt = stringEnd(bytes, idAt, end, 1, ID_BYTES_MAX)
  if (timeAt < 0) return INVALID_ID
  const idStart = idAt + prefixBytes(lengthAt(bytes, idAt, end))
  if (!consistsOf(ID_BYTES, bytes, idStart, timeAt)) return INVALID_ID
  into.keyStart[i] = tenantAt
  into.videoEnd[i] = typeAt
  into.keyEnd[i] = idAt
  into.idStart[i] = idStart
  into.idEnd[i] = timeAt
  into.sourceStart[i] = 0
  into.sourceEnd[i] = 0

  const valueAt = readLong(bytes, timeAt, end, into.timeMs, i)
  if (valueAt < 0 || !(into.timeMs[i]! >= 0 && into.timeMs[i]! <= TIME_MS_MAX)) return INVALID_TIME
  let at = valueEnd(into, i, valueAt, end)
  if (at < 0) return INVALID_VALUE
  for (let k = 0; k < optionals; k++) {
    const from = at
    at = optionalEnd(bytes, from, end)
    if (at < 0) return INVALID_OPTIONAL
    if (k === SOURCE_PLACE && !takeSource(into, i, from, at)) return INVALID_SOURCE
  }
  return at === end ? OK : TRAILING_BYTES
}

/** Whoever walks over the names and sources of a record need not look at faults. */
function clearName(into: EventColumns, i: number): void {
  into.keyStart[i] = 0
  into.keyEnd[i] = 0
  into.idEnd[i] = 0
  into.sourceStart[i] = 0
  into.sourceEnd[i] = 0
}

/** Where the string that starts at `at` ends, or -1. */
function stringEnd(bytes: Uint8Array, at: number, end: number, lengthMin: number, lengthMax: number): number {
  const length = lengthAt(bytes, at, end)
  if (length < lengthMin || length > lengthMax) return -1
  const to = at + prefixBytes(length) + length
  return to <= end ? to : -1
}

/** Reads the nullable long at `at` into the value column. */
function valueEnd(into: EventColumns, i: number, at: number, end: number): number {
  if (at >= end) return -1
  const branch = into.bytes[at]!
  if (branch === BRANCH_NULL) {
    into.value[i] = Number.NaN
    return at + 1
  }
  if (branch !== BRANCH_PRESENT) return -1
  const to = readLong(into.bytes, at + 1, end, into.value, i)
  return Math.abs(into.value[i]!) <= VALUE_THOUSANDTHS_MAX ? to : -1
}

function optionalEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1
  const branch = bytes[at]!
  if (branch === BRANCH_NULL) return at + 1
  return branch === BRANCH_PRESENT ? stringEnd(bytes, at + 1, end, 0, OPTIONAL_BYTES_MAX) : -1
}

/**
 * Notes the position of the characters of the optional string that fills [at, end); false if they cannot be a source.
 */
function takeSource(into: EventColumns, i: number, at: number, end: number): boolean {
  if (end === at + 1) return true // null
  const { bytes } = into
  const start = at + 1 + prefixBytes(lengthAt(bytes, at + 1, end))
  into.sourceStart[i] = start
  into.sourceEnd[i] = end
  return end > start && end - start <= SOURCE_BYTES_MAX && consistsOf(SOURCE_BYTES, bytes, start, end)
}

function consistsOf(allowed: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  let all = 1
  for (let i = start; i < end; i++) all &= allowed[bytes[i]!]!
  return all === 1
}

/** 1 for each byte that is a character of this kind. */
function allowing(character: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (character.test(String.fromCharCode(byte)) ? 1 : 0))
}

/**
 * The texts of a key that a scan has found at [start, end); null where one is not UTF-8 or has control
 * characters.
 */
export function decodeKey(bytes: Uint8Array, start: number, end: number): Series | null {
  const buffer = bufferOf(bytes)
  const videoAt = stringEnd(buffer, start, end, 0, TENANT_BYTES_MAX)
  const typeAt = stringEnd(buffer, videoAt, end, 1, VIDEO_ID_BYTES_MAX)
  const tenant = decodeText(buffer, start, videoAt)
  const videoId = decodeText(buffer, videoAt, typeAt)
  const type = decodeText(buffer, typeAt, end)
  return tenant === null || videoId === null || type === null ? null : { tenant, videoId, type }
}

/** Whether `decodeKey` finds texts there; most keys need no string for that. */
export function isKeyText(bytes: Buffer, start: number, end: number): boolean {
  const videoAt = stringEnd(bytes, start, end, 0, TENANT_BYTES_MAX)
  const typeAt = stringEnd(bytes, videoAt, end, 1, VIDEO_ID_BYTES_MAX)
  return isText(bytes, start, videoAt) && isText(bytes, videoAt, typeAt) && isText(bytes, typeAt, end)
}

function isText(bytes: Buffer, at: number, end: number): boolean {
  const start = at + prefixBytes(lengthAt(bytes, at, end))
  return isPrintableAscii(bytes, start, end) || decodeText(bytes, at, end) !== null
}

/** The string whose encoding fills [at, end), or null. */
function decodeText(bytes: Buffer, at: number, end: number): string | null {
  const start = at + prefixBytes(lengthAt(bytes, at, end))
  if (isPrintableAscii(bytes, start, end)) return bytes.toString('latin1', start, end)
  if (!isUtf8(bytes.subarray(start, end))) return null
  const decoded = bytes.toString('utf8', start, end)
  return /\p{Cc}/u.test(decoded) ? null : decoded
}

/** Most keys are ASCII, and then need only one copy. */
function isPrintableAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! < 0x20 || bytes[i]! > 0x7e) return false
  return true
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
