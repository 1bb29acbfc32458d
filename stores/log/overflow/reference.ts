// The message in the overload lane that replaces a record: which object holds its bytes, and their checksum. As JSON,
// so that people can read the lane with other tools. Pure.
import { hash } from 'node:crypto'
import { isKey } from '../../objects/object-key.ts'

export type Reference = {
  readonly object: string
  /** The key of the object. */
  readonly bytes: number
  /** In hex digits. */
  readonly sha256: string
}

/** The prefix of all keys of the lane's objects. */
export const OVERFLOW_PREFIX = 'overflow/'

const BRACE = 0x7b
const SHA256 = /^[0-9a-f]{64}$/

export function referenceTo(object: string, bytes: Uint8Array): Reference {
  return { object, bytes: bytes.length, sha256: hash('sha256', bytes, 'hex') }
}

export function encodeReference(reference: Reference): Buffer {
  return Buffer.from(JSON.stringify(reference))
}

/** Null if the bytes are not a reference. */
export function decodeReference(encoded: Uint8Array): Reference | null {
  if (encoded[0] !== BRACE) return null
  try {
    const { object, bytes, sha256 } = JSON.parse(Buffer.from(encoded).toString()) as Record<string, unknown>
    if (typeof object !== 'string' || !object.startsWith(OVERFLOW_PREFIX) || !isKey(object)) return null
    if (!Number.isSafeInteger(bytes) || typeof sha256 !== 'string' || !SHA256.test(sha256)) return null
    return { object, bytes: bytes as number, sha256 }
  } catch {
    return null // foreign
  }
}

export function refersTo({ bytes, sha256 }: Reference, found: Uint8Array): boolean {
  return found.length === bytes && hash('sha256', found, 'hex') === sha256
}
