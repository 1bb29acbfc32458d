// How a dead letter is stored in the log: one record each, single-object encoded.
import avsc from 'avsc'
import { SINGLE_OBJECT_HEADER_BYTES, singleObjectHeader } from './framing.ts'
import { fingerprintOf, readSchema } from './schema-files.ts'

/** What could not be counted. The fields are those of dead-letter.v1.avsc; times in epoch milliseconds. */
export type KeptDeadLetter = {
  readonly source: string
  readonly offset: number
  /** The event's place in its record; -1 for a whole record. */
  readonly index: number
  readonly logTime: number
  readonly reason: string
  readonly bytes: Uint8Array
  readonly origin: DeadLetterOrigin
}

type DeadLetterOrigin = 'record' | 'event' | 'row'

const TYPE = avsc.Type.forSchema(readSchema('dead-letter.v1.avsc'))
const HEADER = singleObjectHeader(fingerprintOf(TYPE))

export function encodeDeadLetter(letter: KeptDeadLetter): Buffer {
  return Buffer.concat([HEADER, TYPE.toBuffer({ ...letter, bytes: asBuffer(letter.bytes) })])
}

/** Reads exactly what `encodeDeadLetter` wrote; null for anything else, trailing bytes included. */
export function decodeDeadLetter(bytes: Uint8Array): KeptDeadLetter | null {
  const buffer = asBuffer(bytes)
  if (!buffer.subarray(0, SINGLE_OBJECT_HEADER_BYTES).equals(HEADER)) return null
  const { value, offset } = TYPE.decode(buffer, SINGLE_OBJECT_HEADER_BYTES)
  if (offset !== buffer.length) return null
  return isOrigin(value.origin) ? { ...value } : null
}

function isOrigin(text: string): text is DeadLetterOrigin {
  return text === 'record' || text === 'event' || text === 'row'
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
