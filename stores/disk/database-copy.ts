// What a database held at one moment, read while it goes on being written: LevelDB keeps what the copy still needs.
// Knows no keys: entries are bytes.
import type { Level } from './level-database.ts'

export type Entry = readonly [key: Uint8Array, value: Uint8Array]

/** Entries that are read at once. */
const READ_ENTRIES_MAX = 1_000
const READ_BYTES_MAX = 1 << 20

/** To be disposed of, which frees the disk that it holds on to. */
export type EntriesCopy = AsyncDisposable & {
  get(key: string): Promise<Uint8Array | undefined>
  /** In the order of their keys. */
  entries(): AsyncGenerator<readonly Entry[]>
}

/** Calls fail with a DataDirectoryError. */
export class DatabaseCopy implements EntriesCopy {
  readonly #level: Level
  readonly #snapshot: ReturnType<Level['snapshot']>
  readonly #fault: (error: unknown) => Error

  /** The moment is that of this call: every write that was resolved before it is in the copy. */
  constructor(level: Level, fault: (error: unknown) => Error) {
    this.#level = level
    this.#fault = fault
    this.#snapshot = level.snapshot()
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#level.get(key, { snapshot: this.#snapshot }).catch((error) => {
      throw this.#fault(error)
    })
  }

  async *entries(): AsyncGenerator<readonly Entry[]> {
    const iterator = this.#level.iterator<Uint8Array, Uint8Array>({
      snapshot: this.#snapshot,
      keyEncoding: 'view',
      valueEncoding: 'view',
      highWaterMarkBytes: READ_BYTES_MAX,
    })
    try {
      while (true) {
        const entries = await iterator.nextv(READ_ENTRIES_MAX)
        if (entries.length === 0) return
        yield entries
      }
    } catch (error) {
      throw this.#fault(error)
    } finally {
      await iterator.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#snapshot.close()
  }
}
