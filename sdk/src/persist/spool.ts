// Keeps pending events of a Node process in a directory, where the next process finds them after a crash. For Node
// alone.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { EventStore, StoredEvent } from '../sending/event-store.ts'
import { bytesMaxOf, keepEvents, type Room, type Shelf } from './kept-events.ts'

export type SpoolOptions = {
  /** Made when missing. One for all processes of one machine that send to one place. */
  readonly directory: string
  /** What could not be kept, and why: the events are still sent, but would not outlive the process. */
  readonly onError?: (error: unknown) => void
}

const ENDING = '.spool'
/** A file that holds nothing but what was delivered is cut from this size on. */
const CUT_BYTES_MIN = 64 * 1_024
const PRIVATE = 0o600

/** Of this process. Its number alone does not tell: in a container, each process has the same. */
const ownersHere = new Set<string>()

/**
 * For `createClient({ store })`. Each client appends to a file of its own: `+key json` for an event that is pending,
 * `-key` for one that is settled. Files of processes that are gone are taken over at the start, and looked for again
 * from time to time. Throws where the directory cannot be written to.
 */
export function createSpool({ directory, onError = () => {} }: SpoolOptions): EventStore {
  const owner = `${process.pid}-${crypto.randomUUID()}`
  mkdirSync(directory, { recursive: true })
  const path = join(directory, owner + ENDING)
  writeFileSync(path, '', { mode: PRIVATE })
  ownersHere.add(owner)
  return keepEvents(openShelf(directory, path, owner), owner, onError)
}

async function openShelf(directory: string, path: string, owner: string): Promise<Shelf> {
  const file = await open(path, 'a')
  const kept = new Set<string>()
  /** Taken over, and not yet handed to the client for want of room. */
  const waiting: StoredEvent[] = []
  let bytes = 0
  const append = async (puts: ReadonlyMap<string, string>, deletes: readonly string[]) => {
    const lines = [...puts].map(([key, json]) => `+${key} ${json}\n`)
    for (const key of deletes) lines.push(`-${key}\n`)
    const text = lines.join('')
    for (const key of puts.keys()) kept.add(key)
    for (const key of deletes) kept.delete(key)
    await file.appendFile(text)
    await file.datasync()
    bytes += text.length
    if (kept.size > 0 || bytes < CUT_BYTES_MIN) return
    await file.truncate(0)
    bytes = 0
  }
  return {
    write: append,
    async takeOver(newKey, room) {
      for (const events of takeDeadFiles(directory, owner)) {
        const moved = events.jsons.map((json) => ({ key: newKey(), json }))
        await append(new Map(moved.map(({ key, json }) => [key, json])), [])
        rmSync(events.path) // only now: a crash between keeps both, and ids make that harmless
        waiting.push(...moved)
      }
      return waiting.splice(0, fitting(waiting, room))
    },
    close: () => {
      ownersHere.delete(owner)
      file.close().catch(() => {})
      if (kept.size === 0) rmSync(path, { force: true })
    },
  }
}

function fitting(waiting: readonly StoredEvent[], room: Room): number {
  let bytes = 0
  let count = 0
  for (const { json } of waiting) {
    bytes += bytesMaxOf(json)
    if (count >= room.events || bytes > room.bytes) break
    count++
  }
  return count
}

/** Renames each file of a dead owner to a name of this one, so that of two processes only one takes it. */
function* takeDeadFiles(directory: string, owner: string): Generator<{ path: string; jsons: string[] }> {
  for (const name of readdirSync(directory)) {
    if (!name.endsWith(ENDING) || isAlive(name.split('.')[0]!)) continue
    const path = join(directory, `${owner}.${name}`)
    try {
      renameSync(join(directory, name), path)
    } catch {
      continue // another process was faster
    }
    yield { path, jsons: pendingIn(readFileSync(path, 'utf8')) }
  }
}

function isAlive(owner: string): boolean {
  const pid = Number(owner.slice(0, owner.indexOf('-')))
  if (pid === process.pid) return ownersHere.has(owner)
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The events that are put and not deleted. The last line may be torn. */
function pendingIn(text: string): string[] {
  const pending = new Map<string, string>()
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ')
    if (line.startsWith('-')) pending.delete(line.slice(1))
    else if (line.startsWith('+') && isJson(line.slice(space + 1))) {
      pending.set(line.slice(1, space), line.slice(space + 1))
    }
  }
  return [...pending.values()]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
