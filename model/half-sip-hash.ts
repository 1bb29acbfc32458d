// HalfSipHash-2-4 with 64 bits of output (Aumasson and Bernstein; github.com/veorq/SipHash): the form of SipHash for
// 32-bit arithmetic, made for hash tables. Nobody who lacks the key can choose texts that collide. For hash tables
// within one process: the hashes are never shown or stored. Pure.

const ROUNDS_A_WORD = 2
const ROUNDS_AT_END = 4
const V2_START = 0x6c796765
const V3_START = 0x74656462

export class HalfSipHash {
  readonly #k0: number
  readonly #k1: number
  /** The latest hash, as two unsigned 32-bit numbers. */
  low = 0
  high = 0

  /** Takes two random 32-bit words. */
  constructor(key: Uint32Array) {
    const [k0, k1] = key
    if (k0 === undefined || k1 === undefined) throw new RangeError('A key has two words.')
    this.#k0 = k0
    this.#k1 = k1
  }

  /** Hashes the UTF-16 code units of a text, two per word, as the bytes of UTF-16LE. */
  hash(text: string): void {
    let v0 = this.#k0
    let v1 = this.#k1 ^ 0xee // says that 64 bits are wanted
    let v2 = V2_START ^ this.#k0
    let v3 = V3_START ^ this.#k1
    const words = text.length >>> 1
    // First the whole words of the text, then the last word, which holds the length, then finalisation in two halves.
    for (let at = 0; at < words + 3; at++) {
      const word = at < words ? wordOf(text, at) : at === words ? lastWordOf(text) : 0
      if (at === words + 1) v2 ^= 0xee
      if (at === words + 2) {
        this.low = (v1 ^ v3) >>> 0
        v1 ^= 0xdd
      }
      v3 ^= word
      const rounds = at <= words ? ROUNDS_A_WORD : ROUNDS_AT_END
      for (let round = 0; round < rounds; round++) {
        v0 = (v0 + v1) | 0
        v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
        v0 = (v0 << 16) | (v0 >>> 16)
        v2 = (v2 + v3) | 0
        v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
        v0 = (v0 + v3) | 0
        v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
        v2 = (v2 + v1) | 0
        v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
        v2 = (v2 << 16) | (v2 >>> 16)
      }
      v0 ^= word
    }
    this.high = (v1 ^ v3) >>> 0
  }
}

function wordOf(text: string, at: number): number {
  return text.charCodeAt(2 * at) | (text.charCodeAt(2 * at + 1) << 16)
}

/** The last word: the code unit that is left over, if any, below the length in bytes modulo 256. */
function lastWordOf(text: string): number {
  const rest = (text.length & 1) === 0 ? 0 : text.charCodeAt(text.length - 1)
  return rest | ((2 * text.length) << 24)
}
