// What stands in the overload lane in place of a record: which object holds its bytes, and how to tell that these are
// they. As JSON, for whoever looks into the lane by other means. Pure.
import { hash } from 'node:crypto'
import { isKey } from '../../objects/object-key.ts'

export type Reference = {
  readonly object: string
  /** Of the object. */
  readonly bytes: number
  /** In hex digits. */
  readonly sha256: string
}

/** Before every key of the lane's objects, whatever else is kept beside them. */
export const OVERFLOW_PREFIX = 'overflow/'

const BRACE = 0x7b
const SHA256 = /^[0-9a-f]{64}$/

export function referenceTo(object: string, bytes: Uint8Array): Reference {
  return { object, bytes: bytes.length, sha256: hash('sha256', bytes, 'hex') }
}

export function encodeReference(reference: Reference): Buffer {
  return Buffer.from(JSON.stringify(reference))
}

/** Null where the bytes are no reference. */
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
