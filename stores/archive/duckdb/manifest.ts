// Lists which raw files there should be: one empty object for each, under `manifest/`, so that a lost file is noticed
// and reported. It is written after the file is durable and removed before the file. So an interruption leaves a file
// without an entry and never a false alarm.
import type { ObjectInfo, ObjectStore } from '../../objects/objects.ts'
import { inParallel } from './in-parallel.ts'
import { parseRawFile, RAW_PREFIX, type RawFile } from './layout.ts'
import { SET_ASIDE_PREFIX } from './set-aside.ts'

export const MANIFEST_PREFIX = 'manifest/'
const SUFFIX = '.listed'
const NOTHING = new Uint8Array(0)

export class Manifest {
  readonly #objects: ObjectStore

  constructor(objects: ObjectStore) {
    this.#objects = objects
  }

  /** Wraps the object store: adds and removes entries as raw files are written and removed. */
  get objects(): ObjectStore {
    const objects = this.#objects
    return {
      write: (key, bytes) => objects.write(key, bytes),
      read: (key) => objects.read(key),
      open: (key) => objects.open(key),
      list: (prefix) => objects.list(prefix),
      upload: async (key, path) => {
        await objects.upload(key, path)
        if (key.startsWith(RAW_PREFIX)) await objects.write(entryOf(key), NOTHING)
      },
      remove: async (keys) => {
        await this.drop(keys)
        await objects.remove(keys)
      },
    }
  }

  /** Removes the entries of files that are no longer needed. */
  async drop(keys: readonly string[]): Promise<void> {
    const entries = keys.filter((key) => key.startsWith(RAW_PREFIX)).map(entryOf)
    if (entries.length > 0) await this.#objects.remove(entries)
  }

  /** Adds entries for files that an earlier release wrote without a manifest. */
  async adopt(files: readonly RawFile[]): Promise<void> {
    const listed = new Set((await this.#listed(RAW_PREFIX)).map(({ key }) => key))
    const unlisted = files.filter(({ key }) => !listed.has(key))
    await inParallel(unlisted, ({ key }) => this.#objects.write(entryOf(key), NOTHING))
  }

  /** Files with this prefix that are neither in their places nor set aside. */
  async missing(prefix = RAW_PREFIX): Promise<readonly RawFile[]> {
    const listed = await this.#listed(prefix) // before the files: files written meanwhile are not expected
    const there = new Set((await this.#objects.list(prefix)).map(({ key }) => key))
    const gone: RawFile[] = []
    for (const info of listed) {
      const file = there.has(info.key) ? null : parseRawFile(info)
      if (file !== null && (await this.#isMissing(info.key))) gone.push(file)
    }
    return gone
  }

  async #listed(prefix: string): Promise<ObjectInfo[]> {
    const infos = await this.#objects.list(MANIFEST_PREFIX + prefix)
    return infos
      .filter(({ key }) => key.endsWith(SUFFIX))
      .map((info) => ({ ...info, key: info.key.slice(MANIFEST_PREFIX.length, -SUFFIX.length) }))
  }

  /** Looks again, because another process may just have replaced it or set it aside. */
  async #isMissing(key: string): Promise<boolean> {
    for (const place of [key, `${SET_ASIDE_PREFIX}${key}`]) if (await this.#isThere(place)) return false
    return this.#isThere(entryOf(key))
  }

  async #isThere(key: string): Promise<boolean> {
    return (await this.#objects.list(key)).some((info) => info.key === key)
  }
}

/** The raw file for which an entry stands; null if the object is no entry. */
export function keyOfEntry(key: string): string | null {
  if (!key.startsWith(MANIFEST_PREFIX) || !key.endsWith(SUFFIX)) return null
  return key.slice(MANIFEST_PREFIX.length, -SUFFIX.length)
}

function entryOf(key: string): string {
  return `${MANIFEST_PREFIX}${key}${SUFFIX}`
}
