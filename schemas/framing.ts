// The fixed bytes around events. A record: magic, version, uint32 count, and for each event a uint32 length
// and its single-object encoding (Avro 1.12, "Single-object encoding"): C3 01, the writer's schema
// fingerprint, the body. Numbers are little-endian.

export const RECORD_MAGIC = 0x54
export const RECORD_VERSION = 1
export const RECORD_HEADER_BYTES = 6
export const LENGTH_BYTES = 4

/** C3 01 as a little-endian number. */
export const SINGLE_OBJECT_MARKER = 0x01c3
/** The marker and the eight bytes of the fingerprint. */
export const SINGLE_OBJECT_HEADER_BYTES = 10

/** Four bytes as a little-endian signed number; they must be there. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

/** The header of a body that was written with the schema of this fingerprint. */
export function singleObjectHeader(fingerprint: bigint): Buffer {
  const header = Buffer.alloc(SINGLE_OBJECT_HEADER_BYTES)
  header.writeUInt16LE(SINGLE_OBJECT_MARKER, 0)
  header.writeBigUInt64LE(fingerprint, 2)
  return header
}
