// The secret key of a deployment, under which names that senders choose are hashed. It never leaves this object, so
// that no log line, error or answer can hold it; only its id may be shown. Other secrets of the deployment may be
// derived from it, so that there is only this one to keep.
import { SIP_HASH_KEY_BYTES, type Stretches, sipHash128 } from './sip-hash.ts'

/**
 * A key's id is the hash of this text. Its first byte is odd, and no name begins with an odd byte: names begin with a
 * length.
 */
const ID_TEXT = Buffer.from('key id')
const ID_WORDS = 2

/** As the text of ids, each begins with an odd byte. */
type DerivedFor = 'share links'

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

  /** 16 bytes that tell nothing of the key, nor of what is derived for another purpose. */
  derived(purpose: DerivedFor): Uint8Array {
    return new Uint8Array(this.#hashOf(Buffer.from(purpose)).buffer)
  }

  #makeId(): string {
    const out = this.#hashOf(ID_TEXT)
    return Array.from(out.subarray(0, ID_WORDS), (word) => word.toString(16).padStart(8, '0')).join('')
  }

  #hashOf(text: Uint8Array): Uint32Array<ArrayBuffer> {
    const out = new Uint32Array(4)
    this.hash(text, 1, [{ starts: Int32Array.of(0), ends: Int32Array.of(text.length), out }])
    return out
  }
}
