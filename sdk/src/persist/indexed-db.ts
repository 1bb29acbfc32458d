// Events in IndexedDB: each under its key, as its JSON.
import type { StoredEvent } from '../sending/event-store.ts'
import { bytesMaxOf, type Shelf } from './kept-events.ts'

const TABLE = 'events'
/** Browsers have been seen to let both hang for ever; then it is as if there were no IndexedDB. */
const OPEN_MS_MAX = 2_000
const TRANSACTION_MS_MAX = 5_000

/** Rejects where the browser has no IndexedDB, or forbids it: private modes do, in their own ways. */
export async function openIndexedDb(
  name: string,
  findDead: () => Promise<(key: string) => boolean>,
): Promise<Shelf> {
  let opened: Promise<IDBDatabase> | null = null
  const open = () => {
    opened ??= openDatabase(name, () => {
      opened = null
    })
    return opened
  }
  /** In one transaction. A connection that was lost is made again, once. */
  const change = async (run: (table: IDBObjectStore) => void): Promise<void> => {
    try {
      await inTransaction(await open(), run)
    } catch {
      opened = null
      await inTransaction(await open(), run)
    }
  }
  await change(() => {}) // private modes that open may still refuse to write
  return {
    write: (puts, deletes) =>
      change((table) => {
        for (const [key, json] of puts) table.put(json, key)
        for (const key of deletes) table.delete(key)
      }),
    async takeOver(newKey, room) {
      const isDead = await findDead()
      let taken: StoredEvent[] = []
      await change((table) => {
        taken = []
        let bytes = 0
        table.openCursor().onsuccess = ({ target }) => {
          const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result
          if (cursor === null || taken.length >= room.events) return
          if (isDead(cursor.key as string)) {
            const moved = { key: newKey(), json: cursor.value as string }
            bytes += bytesMaxOf(moved.json)
            if (bytes > room.bytes) return
            taken.push(moved)
            cursor.delete()
            table.put(moved.json, moved.key)
          }
          cursor.continue()
        }
      })
      return taken
    },
    close: () => {
      opened?.then((database) => database.close()).catch(() => {})
    },
  }
}

function openDatabase(name: string, onLost: () => void): Promise<IDBDatabase> {
  return within(OPEN_MS_MAX, (resolve, reject) => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE)
    request.onerror = request.onblocked = () => reject(request.error ?? new Error('blocked'))
    request.onsuccess = () => {
      const database = request.result
      database.onclose = onLost
      database.onversionchange = () => {
        database.close()
        onLost()
      }
      resolve(database)
    }
  })
}

function inTransaction(database: IDBDatabase, run: (table: IDBObjectStore) => void): Promise<void> {
  return within(TRANSACTION_MS_MAX, (resolve, reject) => {
    const transaction = database.transaction(TABLE, 'readwrite')
    transaction.oncomplete = () => resolve()
    transaction.onabort = transaction.onerror = () => reject(transaction.error)
    run(transaction.objectStore(TABLE))
  })
}

function within<T>(
  timeoutMs: number,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`IndexedDB did not answer within ${timeoutMs} ms`)), timeoutMs)
    start(resolve, reject)
  })
}
