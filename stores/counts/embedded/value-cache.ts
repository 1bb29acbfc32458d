// Values of a database behind a bounded, write-through cache of two generations: the older one is dropped as
// a whole when the younger is full, so recently written values stay.
import type { SharedDatabase } from './shared-database.ts'

export type ValueCacheOptions<Value> = {
  readonly database: SharedDatabase
  /** Null where the value's checksum is wrong. */
  readonly parse: (key: string, value: Uint8Array) => Value | null
  /** The bound of both generations together. */
  readonly entriesMax: number
}

/** Keys that are read from the database at once. */
const GET_KEYS_MAX = 1_000

export class ValueCache<Value> {
  readonly #options: ValueCacheOptions<Value>
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()

  constructor(options: ValueCacheOptions<Value>) {
    this.#options = options
  }

  /** The values by key; keys that are not stored are absent. */
  async getMany(keys: readonly string[]): Promise<Map<string, Value>> {
    const found = new Map<string, Value>()
    const missing: string[] = []
    for (const key of keys) {
      const value = this.#young.get(key) ?? this.#old.get(key)
      if (value === undefined) missing.push(key)
      else found.set(key, value)
    }
    for (let i = 0; i < missing.length; i += GET_KEYS_MAX) {
      await this.#load(missing.slice(i, i + GET_KEYS_MAX), found)
    }
    return found
  }

  /** To be called once the value is stored. */
  set(key: string, value: Value): void {
    this.#young.set(key, value)
    if (this.#young.size * 2 < this.#options.entriesMax) return
    this.#old = this.#young
    this.#young = new Map()
  }

  /** To be called once the value is removed. */
  delete(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }

  clear(): void {
    this.#young = new Map()
    this.#old = new Map()
  }

  /** Fails with a DataDirectoryError `damaged` where the checksum is wrong. */
  parse(key: string, value: Uint8Array): Value {
    return this.#options.database.checked(key, value, this.#options.parse)
  }

  async #load(keys: string[], found: Map<string, Value>): Promise<void> {
    const { database } = this.#options
    const stored = await database.getMany(keys)
    for (const [i, value] of stored.entries()) {
      if (value !== undefined) found.set(keys[i]!, this.parse(keys[i]!, value))
    }
  }
}
