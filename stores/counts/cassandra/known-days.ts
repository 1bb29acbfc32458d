// Remembers which days and hours of which series are already indexed in the store. Bounded: what it forgets is
// written again. A key is remembered by its hash, in a quarter of the memory of its text. The hash has 128 bits and a
// secret key, because a key that is taken for another one would never be indexed.
import { randomBytes } from 'node:crypto'
import { FingerprintSet } from '../../../model/fingerprint-set.ts'
import { SIP_HASH_KEY_BYTES, SIP_HASH_WORDS, type Stretches, sipHash128 } from '../../../model/sip-hash.ts'

export class KnownDays {
  readonly #keysMax: number
  readonly #secret = randomBytes(SIP_HASH_KEY_BYTES)
  readonly #words = new Uint32Array(SIP_HASH_WORDS)
  readonly #stretches: Stretches[]
  readonly #ends = new Int32Array(1)
  #newer = new FingerprintSet()
  #newerKeys = 0
  #older = new FingerprintSet()

  /** Remembers the last `keysMax` keys, and up to as many before them. */
  constructor(keysMax: number) {
    this.#keysMax = keysMax
    this.#stretches = [{ starts: new Int32Array(1), ends: this.#ends, out: this.#words }]
  }

  get byteLength(): number {
    return this.#newer.byteLength + this.#older.byteLength
  }

  has(key: string): boolean {
    this.#hash(key)
    if (this.#newer.has(this.#words, 0)) return true
    if (!this.#older.has(this.#words, 0)) return false
    this.#add()
    return true
  }

  add(key: string): void {
    this.#hash(key)
    this.#add()
  }

  #add(): void {
    if (this.#newerKeys >= this.#keysMax) {
      this.#older = this.#newer
      this.#newer = new FingerprintSet()
      this.#newerKeys = 0
    }
    if (this.#newer.add(this.#words, 0)) this.#newerKeys++
  }

  #hash(key: string): void {
    const bytes = Buffer.from(key)
    this.#ends[0] = bytes.length
    sipHash128(this.#secret, bytes, 1, this.#stretches)
  }
}
