// A store that outlives its clients, in memory.
import type { EventStore, StoredEvent } from '../../sdk/src/sending/event-store.ts'

type Kept = { readonly id: string; readonly json: string; readonly owner: number }

export class VirtualStore {
  readonly #kept = new Map<string, Kept>()
  /** By id: an event whose time was mended is kept anew before the old one is forgotten. */
  readonly #copies = new Map<string, number>()
  readonly #onForgotten: (id: string) => void
  #owners = 0
  #made = 0
  #living = 0

  constructor(onForgotten: (id: string) => void) {
    this.#onForgotten = onForgotten
  }

  /** For the next client: those before are dead. */
  open(): EventStore {
    const owner = ++this.#owners
    this.#living = owner
    return {
      keep: (json) => this.#put(json, owner),
      forget: (key) => {
        const kept = this.#kept.get(key)
        if (kept === undefined || owner !== this.#living) return
        this.#kept.delete(key)
        const copies = this.#copies.get(kept.id)! - 1
        this.#copies.set(kept.id, copies)
        if (copies === 0) this.#onForgotten(kept.id)
      },
      reclaim: async (room) => this.#reclaim(room, owner),
      close: async () => {},
    }
  }

  #put(json: string, owner: number): string {
    const key = String(this.#made++)
    const { id } = JSON.parse(json)
    this.#kept.set(key, { id, json, owner })
    this.#copies.set(id, (this.#copies.get(id) ?? 0) + 1)
    return key
  }

  #reclaim(room: { events: number; bytes: number }, owner: number): StoredEvent[] {
    const taken: StoredEvent[] = []
    let bytes = 0
    for (const [key, { id, json, owner: former }] of this.#kept) {
      bytes += former === owner ? 0 : json.length
      if (taken.length >= room.events || bytes > room.bytes) break
      if (former === owner) continue
      this.#kept.set(key, { id, json, owner })
      taken.push({ key, json })
    }
    return taken
  }
}
