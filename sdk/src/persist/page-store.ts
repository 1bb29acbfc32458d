// Keeps a page's pending events where a reload, another tab or the next visit finds them.
import type { EventStore } from '../sending/event-store.ts'
import { openIndexedDb } from './indexed-db.ts'
import { keepEvents } from './kept-events.ts'
import { openLocalStorage } from './local-storage.ts'
import { deadKeys, joinOwners } from './owners.ts'

export type PageStoreOptions = {
  /** Clients that send to one place share one name; `tally` when missing. */
  readonly name?: string
  /** What could not be kept, and why: the events are still sent, but would not outlive the page. */
  readonly onError?: (error: unknown) => void
}

/**
 * For `createClient({ store })`. In IndexedDB where that works, which only trying tells; else in localStorage, up to
 * 256 KiB; else nowhere. Events of pages that are gone are taken over by the next page, or by another one that lives.
 */
export function createPageStore({ name = 'tally', onError = () => {} }: PageStoreOptions = {}): EventStore {
  const owner = crypto.getRandomValues(new Uint32Array(4)).join('-')
  const open = async () => {
    const owners = await joinOwners(name, owner)
    const findDead = deadKeys(owners, owner)
    const shelf = await openIndexedDb(name, findDead).catch((error) => {
      onError(error)
      return openLocalStorage(name, findDead)
    })
    const close = () => {
      shelf.close()
      owners.leave()
    }
    return { ...shelf, close }
  }
  const opened = open().catch((error) => {
    onError(error)
    return null
  })
  return keepEvents(opened, owner, onError)
}
