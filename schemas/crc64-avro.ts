// CRC-64-AVRO, the Rabin fingerprint with which Avro identifies a schema (Avro 1.12, "Schema Fingerprints"). Pure.

const EMPTY = 0xc15d213aa4d7a795n

const TABLE = BigUint64Array.from({ length: 256 }, (_, byte) => {
  let fingerprint = BigInt(byte)
  for (let bit = 0; bit < 8; bit++) fingerprint = (fingerprint >> 1n) ^ (fingerprint & 1n ? EMPTY : 0n)
  return fingerprint
})

/** The fingerprint of the UTF-8 bytes of a text: for a schema, of its Parsing Canonical Form. */
export function crc64Avro(text: string): bigint {
  let fingerprint = EMPTY
  for (const byte of Buffer.from(text)) {
    fingerprint = (fingerprint >> 8n) ^ TABLE[Number(fingerprint & 0xffn) ^ byte]!
  }
  return fingerprint
}
