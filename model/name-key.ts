// The secret key of a deployment, under which names that senders choose are hashed. It never leaves this object, so
// that no log line, error or answer can hold it; only its id may be shown.
import { SIP_HASH_KEY_BYTES, type Stretches, sipHash128 } from './sip-hash.ts'

/**
 * A key's id is the hash of this text. Its first byte is odd, and no name begins with an odd byte: names begin with a
 * length.
 */
const ID_TEXT = Buffer.from('key id')
const ID_WORDS = 2

export class NameKey {
  /** Identifies the key without revealing it: 16 hex digits. */
  readonly id: string
  readonly #bytes: Uint8Array

  /** Takes 16 random bytes that stay the same for as long as the deployment lives. Throws RangeError on others. */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== SIP_HASH_KEY_BYTES)
      throw new RangeError(`A name key has ${SIP_HASH_KEY_BYTES} bytes, not ${bytes.length}.`)
    this.#bytes = Uint8Array.from(bytes)
    this.id = this.#makeId()
  }

  /** See sipHash128. */
  hash(bytes: Uint8Array, count: number, all: readonly Stretches[]): void {
    sipHash128(this.#bytes, bytes, count, all)
  }

  #makeId(): string {
    const out = new Uint32Array(4)
    this.hash(ID_TEXT, 1, [{ starts: Int32Array.of(0), ends: Int32Array.of(ID_TEXT.length), out }])
    return Array.from(out.subarray(0, ID_WORDS), (word) => word.toString(16).padStart(8, '0')).join('')
  }
}
