// Keeps objects open for some time after their use, where they are fetched from a server: who reads them again need
// not wait. For readers of objects that never change under their keys: only writes through it are noticed.
import { stat } from 'node:fs/promises'
import type { ObjectStore } from './objects.ts'

type Opened = Awaited<ReturnType<ObjectStore['open']>>

type Kept = {
  readonly opened: Promise<Opened>
  /** 0 until it is open. */
  bytes: number
  users: number
}

/**
 * Of objects that nobody uses, the least recently used are released while all are larger than `bytesMax`, and all of
 * them where another one cannot be opened: it may lack their room.
 */
export function keptOpen(objects: ObjectStore, bytesMax: number): ObjectStore {
  const kept = new KeptOpen(objects, bytesMax)
  return {
    open: (key) => kept.open(key),
    write: async (key, bytes) => {
      await objects.write(key, bytes)
      await kept.forget(key)
    },
    upload: async (key, path) => {
      await objects.upload(key, path)
      await kept.forget(key)
    },
    remove: async (keys) => {
      await objects.remove(keys)
      for (const key of keys) await kept.forget(key)
    },
    read: (key) => objects.read(key),
    list: (prefix) => objects.list(prefix),
  }
}

class KeptOpen {
  readonly #objects: ObjectStore
  readonly #bytesMax: number
  /** By key; the most recently used come last. */
  readonly #kept = new Map<string, Kept>()

  constructor(objects: ObjectStore, bytesMax: number) {
    this.#objects = objects
    this.#bytesMax = bytesMax
  }

  async open(key: string): Promise<Opened> {
    const one = await this.#use(key)
    const { path } = await one.opened
    let isReleased = false
    return {
      path,
      release: async () => {
        if (isReleased) return
        isReleased = true
        one.users--
        if (this.#kept.get(key) === one) await this.#trim()
        else if (one.users === 0) await release(one)
      },
    }
  }

  async forget(key: string): Promise<void> {
    const one = this.#kept.get(key)
    this.#kept.delete(key)
    if (one?.users === 0) await release(one)
  }

  async #use(key: string): Promise<Kept> {
    const one: Kept = this.#kept.get(key) ?? { opened: this.#openNew(key), bytes: 0, users: 0 }
    one.users++
    this.#kept.delete(key)
    this.#kept.set(key, one)
    try {
      const { path } = await one.opened
      one.bytes ||= (await stat(path)).size
      return one
    } catch (error) {
      if (this.#kept.get(key) === one) this.#kept.delete(key)
      throw error
    }
  }

  async #openNew(key: string): Promise<Opened> {
    try {
      return await this.#objects.open(key)
    } catch (error) {
      if (await this.#releaseUnused()) return this.#objects.open(key)
      throw error
    }
  }

  /** False if there was none. */
  async #releaseUnused(): Promise<boolean> {
    const unused = Array.from(this.#kept).filter(([, { users }]) => users === 0)
    await Promise.all(unused.map(([key]) => this.forget(key)))
    return unused.length > 0
  }

  async #trim(): Promise<void> {
    let bytes = this.#kept.values().reduce((sum, one) => sum + one.bytes, 0)
    for (const [key, one] of this.#kept) {
      if (bytes <= this.#bytesMax) return
      if (one.users > 0) continue
      bytes -= one.bytes
      await this.forget(key)
    }
  }
}

async function release({ opened }: Kept): Promise<void> {
  await (await opened).release()
}
