// Reads Avro's numbers: zigzag in little-endian base 128 (Avro 1.12, "Binary Encoding"). Nothing here allocates or
// throws: -1 means that the bytes between `at` and `end` hold no such number.

const LENGTH_PREFIX_1_MAX = 63
const LENGTH_PREFIX_2_MAX = 8_191
/** A long is assembled from two halves of four bytes, seven bits per byte. */
const HALF_BITS = 28

/**
 * The length that starts at `at`, at most 1,048,575, or -1. Only the shortest form is accepted, so that equal strings
 * have equal bytes, prefix included.
 */
export function lengthAt(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1
  const b0 = bytes[at]!
  if ((b0 & 1) !== 0) return -1
  if (b0 < 0x80) return b0 >> 1
  if (at + 1 >= end) return -1
  const b1 = bytes[at + 1]!
  if (b1 === 0) return -1
  if (b1 < 0x80) return ((b0 & 0x7f) | (b1 << 7)) >> 1
  if (at + 2 >= end) return -1
  const b2 = bytes[at + 2]!
  if (b2 === 0 || b2 >= 0x80) return -1
  return ((b0 & 0x7f) | ((b1 & 0x7f) << 7) | (b2 << 14)) >> 1
}

/** How many bytes the shortest form of a length that `lengthAt` gave takes. */
export function prefixBytes(length: number): number {
  if (length <= LENGTH_PREFIX_1_MAX) return 1
  return length <= LENGTH_PREFIX_2_MAX ? 2 : 3
}

/**
 * Reads the long that starts at `at` into out[i] and returns where it ends. Exact within ±2^53, the nearest double up
 * to 8 bytes (±2^55); -1 for a longer one, which no field of ours can hold.
 */
export function readLong(bytes: Uint8Array, at: number, end: number, out: Float64Array, i: number): number {
  let k = at
  let low = 0
  for (let shift = 0; shift < HALF_BITS && k < end; shift += 7) {
    const b = bytes[k++]!
    low |= (b & 0x7f) << shift
    if (b < 0x80) {
      out[i] = (low >> 1) ^ -(low & 1)
      return k
    }
  }
  let high = 0
  for (let shift = 0; shift < HALF_BITS && k < end; shift += 7) {
    const b = bytes[k++]!
    high |= (b & 0x7f) << shift
    if (b < 0x80) {
      const magnitude = high * 2 ** (HALF_BITS - 1) + (low >> 1)
      out[i] = (low & 1) === 0 ? magnitude : -magnitude - 1
      return k
    }
  }
  return -1
}
