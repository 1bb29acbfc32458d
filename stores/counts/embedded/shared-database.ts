// One database for several stores: changes run one after the other, and after a failed write every store reads its
// own state again before the next change. Knows nothing of what they store.

import { Slots } from '../../../lib/slots.ts'
import type { VideoName } from '../../../model/bucket.ts'
import { DataDirectoryError, damaged } from '../../disk/data-directory.ts'
import type { DatabaseCopy } from '../../disk/database-copy.ts'
import type { Level, LevelDatabase, Operation } from '../../disk/level-database.ts'
import type { MarkState } from '../../disk/write-mark.ts'
import { type KeyRange, videoOf } from './rows.ts'

/** Entries that are read from the database at once. */
const READ_ENTRIES_MAX = 1_000
const READ_BYTES_MAX = 256 << 10

/** All calls fail with a DataDirectoryError. */
export class SharedDatabase {
  readonly #database: LevelDatabase
  readonly #reloads: (() => Promise<void>)[] = []
  readonly #turns = new Slots(1)
  #closing: Promise<void> | null = null

  constructor(database: LevelDatabase) {
    this.#database = database
  }

  get directory(): string {
    return this.#database.directory
  }

  /** What the database had lost when it was opened, according to its mark; `accept` clears it. */
  get state(): MarkState {
    return this.#database.state
  }

  accept(): void {
    this.#database.accept()
  }

  /** What it holds now, to be read later. */
  copy(): DatabaseCopy {
    return this.#database.copy()
  }

  get #level(): Level {
    return this.#database.level
  }

  /** `reload` is called whenever the state that a store holds in memory may differ from the disk. */
  onHealed(reload: () => Promise<void>): void {
    this.#reloads.push(reload)
  }

  /** Runs `make`, which may read and then write, after all earlier changes have ended. */
  change<T>(make: () => Promise<T>): Promise<T> {
    if (this.#closing !== null) {
      const message = `The counts in ${this.#database.directory} are closed.`
      return Promise.reject(new DataDirectoryError('unavailable', message))
    }
    return this.#turns.use(async () => {
      await this.#database.heal(() => this.#reload())
      return make()
    })
  }

  /** Waits for the pending changes and unlocks the directory. */
  close(): Promise<void> {
    this.#closing ??= this.#turns.use(() => this.#database.close())
    return this.#closing
  }

  /** Entries in the order of their keys, in batches. */
  async *entries(range: KeyRange): AsyncGenerator<[string, Uint8Array][]> {
    const iterator = this.#level.iterator({ ...range, highWaterMarkBytes: READ_BYTES_MAX })
    try {
      while (true) {
        const entries = await this.#guard(iterator.nextv(READ_ENTRIES_MAX))
        if (entries.length === 0) return
        yield entries
      }
    } finally {
      await iterator.close()
    }
  }

  /** Keys in order. If `leap` returns a key, the scan jumps there. */
  async *walk(range: KeyRange, leap: (key: string) => string | null): AsyncGenerator<string> {
    const iterator = this.#level.keys(range)
    try {
      while (true) {
        const key = await this.#guard(iterator.next())
        if (key === undefined) return
        const next = leap(key)
        if (next === null) yield key
        else iterator.seek(next)
      }
    } finally {
      await iterator.close()
    }
  }

  /** The videos that sorted keys name, in batches; `past` returns a key after all keys of a video. */
  async *videos(range: KeyRange, past: (video: VideoName) => string): AsyncGenerator<readonly VideoName[]> {
    let last: VideoName | null = null
    let some: VideoName[] = []
    const isSame = (video: VideoName) => last?.tenant === video.tenant && last.videoId === video.videoId
    const leap = (key: string) => (isSame(videoOf(key)) ? past(last!) : null)
    for await (const key of this.walk(range, leap)) {
      last = videoOf(key)
      some.push(last)
      if (some.length < READ_ENTRIES_MAX) continue
      yield some
      some = []
    }
    if (some.length > 0) yield some
  }

  /** One atomic batch; resolved means durable. To be called only within a change. */
  write(operations: Operation[]): Promise<void> {
    return this.#database.write(operations)
  }

  getMany(keys: string[]): Promise<(Uint8Array | undefined)[]> {
    return this.#guard(this.#level.getMany(keys))
  }

  /** The first keys of a range; all keys without a limit. */
  keys(range: KeyRange, limit = -1): Promise<string[]> {
    return this.#guard(this.#level.keys({ ...range, limit }).all())
  }

  /** The last entries of a range, in reverse order. */
  lastEntries(range: KeyRange, limit: number): Promise<[string, Uint8Array][]> {
    return this.#guard(this.#level.iterator({ ...range, limit, reverse: true }).all())
  }

  async firstKey(range: KeyRange): Promise<string | null> {
    const [key] = await this.keys(range, 1)
    return key ?? null
  }

  #guard<T>(reply: Promise<T>): Promise<T> {
    return reply.catch((error) => {
      throw this.#database.fault(error)
    })
  }

  /** The parsed value; `parse` returns null for a wrong checksum. */
  checked<T>(key: string, value: Uint8Array, parse: (key: string, value: Uint8Array) => T | null): T {
    const parsed = parse(key, value)
    if (parsed !== null) return parsed
    throw damaged(this.#database.directory, `The entry ${JSON.stringify(key)} has a wrong checksum.`)
  }

  async #reload(): Promise<void> {
    for (const reload of this.#reloads) await reload()
  }
}
