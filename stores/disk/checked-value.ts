// Database values with a checksum that covers their key as well, so that neither can be mistaken for another. Pure.
import { Buffer } from 'node:buffer'
import { crc32 } from 'node:zlib'

export const CHECKSUM_BYTES = 4

/** Writes the checksum of the key and of everything after the first four bytes into these four bytes. */
export function stampChecksum(key: string, value: Uint8Array): void {
  viewOf(value).setUint32(0, checksum(key, value))
}

export function hasChecksum(key: string, value: Uint8Array): boolean {
  return value.length >= CHECKSUM_BYTES && viewOf(value).getUint32(0) === checksum(key, value)
}

export function numbersValue(key: string, numbers: readonly number[]): Uint8Array {
  const value = new Uint8Array(CHECKSUM_BYTES + 8 * numbers.length)
  const view = viewOf(value)
  for (const [i, number] of numbers.entries()) view.setFloat64(CHECKSUM_BYTES + 8 * i, number)
  stampChecksum(key, value)
  return value
}

export function bytesValue(key: string, bytes: Uint8Array): Uint8Array {
  const value = new Uint8Array(CHECKSUM_BYTES + bytes.length)
  value.set(bytes, CHECKSUM_BYTES)
  stampChecksum(key, value)
  return value
}

/** The bytes, or null where the checksum is wrong. */
export function parseBytes(key: string, value: Uint8Array): Uint8Array | null {
  return hasChecksum(key, value) ? value.subarray(CHECKSUM_BYTES) : null
}

/** The numbers, or null where the checksum is wrong. */
export function parseNumbers(key: string, value: Uint8Array): number[] | null {
  if (!hasChecksum(key, value)) return null
  const view = viewOf(value)
  const length = (value.length - CHECKSUM_BYTES) / 8
  return Array.from({ length }, (_, i) => view.getFloat64(CHECKSUM_BYTES + 8 * i))
}

export function jsonValue(key: string, json: unknown): Uint8Array {
  return bytesValue(key, Buffer.from(JSON.stringify(json)))
}

/** The text of the JSON, or null where the checksum is wrong. */
export function parseJsonText(key: string, value: Uint8Array): string | null {
  if (!hasChecksum(key, value)) return null
  return Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8', CHECKSUM_BYTES)
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function checksum(key: string, value: Uint8Array): number {
  return crc32(value.subarray(CHECKSUM_BYTES), crc32(key))
}
