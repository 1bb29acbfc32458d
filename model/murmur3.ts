// MurmurHash3 by Austin Appleby (public domain; reference: SMHasher's MurmurHash3.cpp): the x86 variants with 32 and
// with 128 bits. Pure and without allocation. Not safe against adversaries: whoever picks the bytes can make hashes
// collide.

const C32_1 = 0xcc9e2d51
const C32_2 = 0x1b873593

const C1 = 0x239b961b
const C2 = 0xab0e9789
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93
const BLOCK_BYTES = 16

/** The 32-bit hash of bytes[start, end) as an unsigned number. */
export function murmur3x86_32(bytes: Uint8Array, start: number, end: number, seed: number): number {
  const length = end - start
  const tail = end - (length & 3)
  let h = seed | 0
  for (let i = start; i < tail; i += 4) {
    h = rotl(h ^ scramble32(wordAt(bytes, i)), 13)
    h = (Math.imul(h, 5) + 0xe6546b64) | 0
  }
  if (tail < end) h ^= scramble32(partialWord(bytes, tail, end))
  return mix(h ^ length) >>> 0
}

/**
 * Writes the 128-bit hash of bytes[start, end) to out[at … at+3], in the order of the reference's 32-bit
 * words.
 */
export function murmur3x86_128(
  bytes: Uint8Array,
  start: number,
  end: number,
  seed: number,
  out: Uint32Array,
  at: number,
): void {
  const length = end - start
  const tail = end - (length & (BLOCK_BYTES - 1))
  let h1 = seed | 0
  let h2 = h1
  let h3 = h1
  let h4 = h1
  for (let i = start; i < tail; i += BLOCK_BYTES) {
    h1 = (rotl(h1 ^ scramble(wordAt(bytes, i), C1, 15, C2), 19) + h2) | 0
    h1 = (Math.imul(h1, 5) + 0x561ccd1b) | 0
    h2 = (rotl(h2 ^ scramble(wordAt(bytes, i + 4), C2, 16, C3), 17) + h3) | 0
    h2 = (Math.imul(h2, 5) + 0x0bcaa747) | 0
    h3 = (rotl(h3 ^ scramble(wordAt(bytes, i + 8), C3, 17, C4), 15) + h4) | 0
    h3 = (Math.imul(h3, 5) + 0x96cd1c35) | 0
    h4 = (rotl(h4 ^ scramble(wordAt(bytes, i + 12), C4, 18, C1), 13) + h1) | 0
    h4 = (Math.imul(h4, 5) + 0x32ac3b17) | 0
  }
  if (tail < end) {
    h1 ^= scramble(partialWord(bytes, tail, end), C1, 15, C2)
    h2 ^= scramble(partialWord(bytes, tail + 4, end), C2, 16, C3)
    h3 ^= scramble(partialWord(bytes, tail + 8, end), C3, 17, C4)
    h4 ^= scramble(partialWord(bytes, tail + 12, end), C4, 18, C1)
  }
  h1 ^= length
  h2 ^= length
  h3 ^= length
  h4 ^= length
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = mix(h2 + h1)
  h3 = mix(h3 + h1)
  h4 = mix(h4 + h1)
  h1 = mix(h1)
  h1 = (h1 + h2 + h3 + h4) | 0
  out[at] = h1
  out[at + 1] = h2 + h1
  out[at + 2] = h3 + h1
  out[at + 3] = h4 + h1
}

function wordAt(bytes: Uint8Array, i: number): number {
  return bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
}

/** The four bytes from `i`, those at `end` and beyond taken as zeros. A zero word leaves a hash as it is. */
function partialWord(bytes: Uint8Array, i: number, end: number): number {
  if (i + 4 <= end) return wordAt(bytes, i)
  let word = 0
  for (let k = end - 1; k >= i; k--) word = (word << 8) | bytes[k]!
  return word
}

function scramble32(word: number): number {
  return scramble(word, C32_1, 15, C32_2)
}

function scramble(word: number, first: number, turn: number, second: number): number {
  return Math.imul(rotl(Math.imul(word, first), turn), second)
}

function rotl(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits))
}

/** The reference's final avalanche. */
function mix(x: number): number {
  let h = x
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
