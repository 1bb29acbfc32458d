// Events in localStorage, where IndexedDB is not to be had: each under its key, within a small bound, because all
// of the page's code shares it and waits for it.
import type { StoredEvent } from '../sending/event-store.ts'
import { bytesMaxOf, type Shelf } from './kept-events.ts'

export const LOCAL_STORAGE_BYTES_MAX = 256 * 1_024
const BYTES_PER_UNIT = 2

/** Throws where there is no localStorage, or writing is forbidden. */
export function openLocalStorage(
  name: string,
  findDead: () => Promise<(key: string) => boolean>,
  storage: Storage = localStorage,
): Shelf {
  const prefix = `${name}/`
  const probe = `${prefix}probe`
  storage.setItem(probe, '')
  storage.removeItem(probe)
  const keys = () => Object.keys(storage).filter((key) => key.startsWith(prefix))
  const bytesOf = (key: string, json: string) => (key.length + json.length) * BYTES_PER_UNIT
  const usedBytes = () => keys().reduce((sum, key) => sum + bytesOf(key, storage.getItem(key) ?? ''), 0)
  return {
    async write(puts, deletes) {
      for (const key of deletes) storage.removeItem(prefix + key)
      let bytes = usedBytes()
      for (const [key, json] of puts) {
        bytes += bytesOf(prefix + key, json)
        if (bytes > LOCAL_STORAGE_BYTES_MAX) throw new Error('localStorage: the bound for events is reached')
        storage.setItem(prefix + key, json)
      }
    },
    async takeOver(newKey, room) {
      const isDead = await findDead()
      const taken: StoredEvent[] = []
      let bytes = 0
      for (const key of keys().sort()) {
        if (taken.length >= room.events) break
        if (!isDead(key.slice(prefix.length))) continue
        const moved = { key: newKey(), json: storage.getItem(key) ?? '' }
        bytes += bytesMaxOf(moved.json)
        if (bytes > room.bytes) break
        storage.removeItem(key)
        storage.setItem(prefix + moved.key, moved.json)
        taken.push(moved)
      }
      return taken
    },
    close: () => {},
  }
}
