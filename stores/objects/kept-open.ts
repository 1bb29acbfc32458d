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
  const kept = new Map<string, Kept>()

  const forget = async (key: string) => {
    const one = kept.get(key)
    kept.delete(key)
    if (one?.users === 0) await release(one)
  }
  const trim = async () => {
    let bytes = kept.values().reduce((sum, one) => sum + one.bytes, 0)
    for (const [key, one] of kept) {
      if (bytes <= bytesMax) return
      if (one.users > 0) continue
      bytes -= one.bytes
      await forget(key)
    }
  }
  /** False if there was none. */
  const releaseUnused = async (): Promise<boolean> => {
    const unused = Array.from(kept).filter(([, { users }]) => users === 0)
    await Promise.all(unused.map(([key]) => forget(key)))
    return unused.length > 0
  }
  const openNew = async (key: string): Promise<Opened> => {
    try {
      return await objects.open(key)
    } catch (error) {
      if (await releaseUnused()) return objects.open(key)
      throw error
    }
  }
  const open = async (key: string): Promise<Kept> => {
    const one: Kept = kept.get(key) ?? { opened: openNew(key), bytes: 0, users: 0 }
    one.users++
    kept.delete(key) // the most recently used come last
    kept.set(key, one)
    try {
      const { path } = await one.opened
      one.bytes ||= (await stat(path)).size
      return one
    } catch (error) {
      if (kept.get(key) === one) kept.delete(key)
      throw error
    }
  }

  return {
    open: async (key) => {
      const one = await open(key)
      const { path } = await one.opened
      let isReleased = false
      return {
        path,
        release: async () => {
          if (isReleased) return
          isReleased = true
          one.users--
          if (kept.get(key) === one) await trim()
          else if (one.users === 0) await release(one)
        },
      }
    },
    write: async (key, bytes) => {
      await objects.write(key, bytes)
      await forget(key)
    },
    upload: async (key, path) => {
      await objects.upload(key, path)
      await forget(key)
    },
    remove: async (keys) => {
      await objects.remove(keys)
      for (const key of keys) await forget(key)
    },
    read: (key) => objects.read(key),
    list: (prefix) => objects.list(prefix),
  }
}

async function release({ opened }: Kept): Promise<void> {
  await (await opened).release()
}
