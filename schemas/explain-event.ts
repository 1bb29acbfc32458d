// Reads an event's bytes field by field as far as they can be parsed, so that a person can see what is wrong with an
// event that cannot be counted. Lenient where scan-record.ts is strict: for display, never for counting.
import { SINGLE_OBJECT_HEADER_BYTES, SINGLE_OBJECT_MARKER, wordAt } from './framing.ts'
import { readEventSchemas } from './schema-files.ts'
import type { SchemaSet } from './schema-set.ts'
import { lengthAt, prefixBytes, readLong } from './varint.ts'

/**
 * Values as encoded: texts, a time in epoch milliseconds, a value in thousandths; null is an absent optional field.
 */
export type WireFields = { readonly [field: string]: string | number | null }

/** Where reading had to stop. `field`: what was expected there; `schema` means the header, `end` trailing bytes. */
export type BrokenPlace = { readonly byte: number; readonly field: string }

export type EventExplanation = {
  /** The fingerprint of the writer's schema, 16 hex digits; null where there is none. */
  readonly fingerprint: string | null
  /** The fields before the broken place. */
  readonly fields: WireFields
  readonly brokeAt: BrokenPlace | null
}

type Value = string | number | null
/** Reads at the cursor; undefined if the bytes there are not such a value. */
type ReadValue = (cursor: Cursor) => Value | undefined

const FINGERPRINT_AT = 2
const BRANCH_NULL = 0
const BRANCH_PRESENT = 2

const FIRST_FIELDS: readonly (readonly [string, ReadValue])[] = [
  ['tenant', readText],
  ['videoId', readText],
  ['type', readText],
  ['id', readText],
  ['time', readNumber],
  ['value', optional(readNumber)],
]
const OPTIONALS = readEventSchemas()
  .at(-1)!
  .fields.slice(FIRST_FIELDS.length)
  .map(({ name }) => [name, optional(readText)] as const)

/**
 * Never throws. An event of a schema that is not in the set is read up to the fields that all schemas share (they only
 * append), and is broken at its fingerprint.
 */
export function explainEvent(schemas: SchemaSet, bytes: Uint8Array): EventExplanation {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isFramed =
    buffer.length >= SINGLE_OBJECT_HEADER_BYTES && buffer.readUInt16LE(0) === SINGLE_OBJECT_MARKER
  if (!isFramed) return { fingerprint: null, fields: {}, brokeAt: { byte: 0, field: 'schema' } }
  const fingerprint = buffer.readBigUInt64LE(FINGERPRINT_AT).toString(16).padStart(16, '0')
  const optionals = schemas.optionalStrings(
    wordAt(buffer, FINGERPRINT_AT),
    wordAt(buffer, FINGERPRINT_AT + 4),
  )
  if (optionals < 0) {
    const { fields } = readFields(buffer, FIRST_FIELDS)
    return { fingerprint, fields, brokeAt: { byte: FINGERPRINT_AT, field: 'schema' } }
  }
  return { fingerprint, ...readFields(buffer, [...FIRST_FIELDS, ...OPTIONALS.slice(0, optionals)]) }
}

function readFields(bytes: Buffer, wanted: readonly (readonly [string, ReadValue])[]) {
  const cursor: Cursor = { bytes, at: SINGLE_OBJECT_HEADER_BYTES }
  const fields: Record<string, Value> = {}
  for (const [field, read] of wanted) {
    const byte = cursor.at
    const value = read(cursor)
    if (value === undefined) return { fields, brokeAt: { byte, field } }
    fields[field] = value
  }
  return { fields, brokeAt: cursor.at === bytes.length ? null : { byte: cursor.at, field: 'end' } }
}

type Cursor = { readonly bytes: Buffer; at: number }

/** Bytes that are not UTF-8 become replacement characters. */
function readText(cursor: Cursor): string | undefined {
  const { bytes, at } = cursor
  const length = lengthAt(bytes, at, bytes.length)
  const start = at + prefixBytes(length)
  if (length < 0 || start + length > bytes.length) return undefined
  cursor.at = start + length
  return bytes.toString('utf8', start, cursor.at)
}

function readNumber(cursor: Cursor): number | undefined {
  const { bytes, at } = cursor
  const out = new Float64Array(1)
  const end = readLong(bytes, at, bytes.length, out, 0)
  if (end < 0) return undefined
  cursor.at = end
  return out[0]
}

function optional(read: ReadValue): ReadValue {
  return (cursor) => {
    const branch = cursor.bytes[cursor.at]
    if (branch !== BRANCH_NULL && branch !== BRANCH_PRESENT) return undefined
    cursor.at++
    return branch === BRANCH_NULL ? null : read(cursor)
  }
}
