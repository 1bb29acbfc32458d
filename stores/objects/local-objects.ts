// Objects as files below a directory of a local disk. Unfinished files are in a folder whose name is not a valid key,
// so they are never listed; a finished one gets its name by a rename. Several processes may share the directory.
import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, open, readdir, readFile, rename, rm, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { checkKey, isWord } from './object-key.ts'
import { type ObjectInfo, ObjectMissing, type ObjectStore } from './objects.ts'

const DRAFTS = '~drafts'
/** The error codes for a missing file: none at all, a folder, or a file where a folder should be. */
const MISSING = ['ENOENT', 'EISDIR', 'ENOTDIR']
/**
 * How often to retry: a folder may be pruned between being made and being used, if another process removes objects.
 */
const PLACE_ATTEMPTS_MAX = 8
/** Re-reads of a folder that changed while it was read. */
const READ_ATTEMPTS_MAX = 8

/** Makes the directory if there is none, and removes half-written files of an earlier process. */
export async function openLocalObjects(directory: string): Promise<ObjectStore> {
  const drafts = join(directory, DRAFTS)
  await mkdir(drafts, { recursive: true })
  await removeOld(drafts)
  return new LocalObjects(directory, drafts)
}

/** Other threads of this process may be writing theirs. */
async function removeOld(drafts: string): Promise<void> {
  const startedMs = Date.now() - process.uptime() * 1_000
  for (const name of await readdir(drafts)) {
    const path = join(drafts, name)
    const found = await stat(path).catch(() => null) // another thread has put it in place
    if (found !== null && found.mtimeMs < startedMs) await rm(path, { recursive: true, force: true })
  }
}

class LocalObjects implements ObjectStore {
  readonly #directory: string
  readonly #drafts: string

  constructor(directory: string, drafts: string) {
    this.#directory = directory
    this.#drafts = drafts
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    checkKey(key)
    await this.#viaDraft(key, async (draft) => {
      await using file = await open(draft, 'wx')
      await file.writeFile(bytes)
      await file.sync()
    })
  }

  async read(key: string): Promise<Uint8Array | null> {
    checkKey(key)
    return unlessMissing(readFile(this.#path(key)), null)
  }

  async upload(key: string, path: string): Promise<void> {
    checkKey(key)
    await syncFile(path)
    try {
      await this.#place(path, key)
    } catch (error) {
      if (codeOf(error) !== 'EXDEV') throw error
      await this.#viaDraft(key, async (draft) => {
        await copyFile(path, draft)
        await syncFile(draft)
      })
      await rm(path, { force: true })
    }
  }

  async open(key: string): Promise<{ path: string; release(): Promise<void> }> {
    checkKey(key)
    const path = this.#path(key)
    const found = await unlessMissing(stat(path), null)
    if (found === null || !found.isFile()) throw new ObjectMissing(key)
    return { path, release: async () => {} }
  }

  /**
   * Folders are read one after the other in the order of keys: an object that is moved to a later key is seen there
   * if it was not seen before.
   */
  async list(prefix: string): Promise<readonly ObjectInfo[]> {
    const found: ObjectInfo[] = []
    await this.#collect('', prefix, found)
    return found.sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) checkKey(key)
    const folders = new Set<string>()
    for (const key of keys) {
      await unlessMissing(unlink(this.#path(key)), undefined)
      folders.add(dirname(this.#path(key)))
    }
    for (const folder of folders) {
      await syncDirectory(folder)
      await this.#prune(folder)
    }
  }

  async #viaDraft(key: string, write: (draft: string) => Promise<void>): Promise<void> {
    const draft = join(this.#drafts, randomUUID())
    try {
      await mkdir(this.#drafts, { recursive: true })
      await write(draft)
      await this.#place(draft, key)
    } finally {
      await rm(draft, { force: true })
    }
  }

  /** Renames a synced file into place and syncs every folder on its path, because each may be new. */
  async #place(path: string, key: string): Promise<void> {
    const target = this.#path(key)
    for (let attempt = 1; ; attempt++) {
      try {
        await mkdir(dirname(target), { recursive: true })
        await rename(path, target)
        break
      } catch (error) {
        const pruned = codeOf(error) === 'ENOENT' && (await unlessMissing(stat(path), null)) !== null
        if (!pruned || attempt === PLACE_ATTEMPTS_MAX) throw error
      }
    }
    for (let folder = dirname(target); ; folder = dirname(folder)) {
      await syncDirectory(folder)
      if (relative(this.#directory, folder) === '') return
    }
  }

  async #collect(folder: string, prefix: string, found: ObjectInfo[]): Promise<void> {
    for (const entry of await readFolder(join(this.#directory, folder))) {
      const key = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (!isWord(entry.name)) continue
      if (entry.isDirectory()) {
        const within = `${key}/`
        if (within.startsWith(prefix) || prefix.startsWith(within)) await this.#collect(key, prefix, found)
      } else if (key.startsWith(prefix)) {
        const info = await unlessMissing(stat(this.#path(key)), null)
        if (info !== null) found.push({ key, bytes: info.size, modifiedMs: Math.trunc(info.mtimeMs) })
      }
    }
  }

  /** Removes empty folders, from the innermost outwards. */
  async #prune(from: string): Promise<void> {
    for (let folder = from; relative(this.#directory, folder) !== ''; folder = dirname(folder)) {
      try {
        await rmdir(folder)
      } catch (error) {
        if (codeOf(error) === 'ENOENT') continue
        return // in use
      }
    }
  }

  #path(key: string): string {
    return join(this.#directory, key)
  }
}

/** In order of names; read again if the folder changed meanwhile. */
async function readFolder(path: string) {
  for (let attempt = 1; ; attempt++) {
    const before = await unlessMissing(stat(path, { bigint: true }), null)
    const entries = await unlessMissing(readdir(path, { withFileTypes: true }), [])
    const after = await unlessMissing(stat(path, { bigint: true }), null)
    if (before?.mtimeNs === after?.mtimeNs || attempt === READ_ATTEMPTS_MAX) {
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    }
  }
}

async function syncFile(path: string): Promise<void> {
  await using file = await open(path, 'r+')
  await file.sync()
}

/** Makes renames durable, on systems that can; a folder that is gone needs none. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await unlessMissing(open(path, 'r'), null)
  try {
    await folder?.sync()
  } finally {
    await folder?.close()
  }
}

async function unlessMissing<T, N>(found: Promise<T>, none: N): Promise<T | N> {
  try {
    return await found
  } catch (error) {
    const code = codeOf(error)
    if (code !== undefined && MISSING.includes(code)) return none
    throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
