// An EventStore on anything that can write: gathers what is asked for while the write before is under way.
import type { EventStore, StoredEvent } from '../sending/event-store.ts'

export type Room = { readonly events: number; readonly bytes: number }

/** A place that outlives the page or the process. Keys begin with the owner that made them. */
export type Shelf = {
  /** All or nothing, durable when it resolves. */
  write(puts: ReadonlyMap<string, string>, deletes: readonly string[]): Promise<void>
  /**
   * Moves events of owners that live no more to new keys, in order and as many as there is room for, so that of two
   * that ask at once each event goes to one.
   */
  takeOver(newKey: () => string, room: Room): Promise<readonly StoredEvent[]>
  close(): void
}

/**
 * @param open the place; it is not there before it can be written to, and null where there is none
 * @param owner names this client among all that use the place
 * @param onError what could not be kept is told here; sending goes on from memory
 */
export function keepEvents(
  open: Promise<Shelf | null>,
  owner: string,
  onError: (error: unknown) => void,
): EventStore {
  let puts = new Map<string, string>()
  let deletes: string[] = []
  let made = 0
  let writing: Promise<void> | null = null
  const newKey = () => `${owner}.${String(made++).padStart(9, '0')}`

  const write = async () => {
    const shelf = await open
    while (puts.size + deletes.length > 0) {
      const [nextPuts, nextDeletes] = [puts, deletes]
      puts = new Map()
      deletes = []
      await shelf?.write(nextPuts, nextDeletes).catch(onError)
    }
    writing = null
  }
  const writeSoon = () => {
    writing ??= write().catch(onError)
  }
  return {
    keep(json) {
      const key = newKey()
      puts.set(key, json)
      writeSoon()
      return key
    },
    forget(key) {
      if (!puts.delete(key)) deletes.push(key)
      writeSoon()
    },
    reclaim: async (room) => (await (await open)?.takeOver(newKey, room)) ?? [],
    close(timeoutMs) {
      const end = async () => {
        await writing
        ;(await open)?.close()
      }
      const ended = end().catch(onError)
      if (timeoutMs === undefined) return ended
      return Promise.race([ended, new Promise<void>((resolve) => setTimeout(resolve, timeoutMs))])
    },
  }
}

/** The length of a text in UTF-8 is at most this. */
export const bytesMaxOf = (text: string): number => text.length * 3
