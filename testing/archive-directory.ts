// An archive in its own directory, for tests: its objects can be inspected, and made to fail.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type DuckdbArchive, type MakeEngine, openArchive } from '../stores/archive/duckdb/duckdb-archive.ts'
import { openLocalObjects } from '../stores/objects/local-objects.ts'
import type { ObjectStore } from '../stores/objects/objects.ts'
import { temporaryDirectory } from './temporary-directory.ts'

export type ArchiveDirectory = AsyncDisposable & {
  readonly archive: DuckdbArchive
  /** The store below the one that `wrap` returned. */
  readonly objects: ObjectStore
  /** The directory of the objects. */
  readonly path: string
  /** The keys of the raw files. */
  rawKeys(): Promise<string[]>
  /** Temporary files. */
  drafts(): Promise<string[]>
}

export type ArchiveDirectoryOptions = {
  readonly memoryMiB?: number
  readonly folder?: string
  readonly wrap?: (objects: ObjectStore) => ObjectStore
  /** Of the archive in a directory; missing: DuckDB. */
  readonly engineOf?: (directory: string) => MakeEngine
}

export async function archiveDirectory(options: ArchiveDirectoryOptions = {}): Promise<ArchiveDirectory> {
  const { memoryMiB = 64, folder = 'objects', wrap = (objects) => objects, engineOf } = options
  const directory = await temporaryDirectory()
  const path = join(directory.path, folder)
  const scratchDirectory = join(directory.path, 'scratch')
  const objects = await openLocalObjects(path)
  const engine = engineOf && { engine: engineOf(path) }
  const opened = { objects: wrap(objects), scratchDirectory, memoryMiB, threads: 1, ...engine }
  const archive = await openArchive(opened)
  return {
    archive,
    objects,
    path,
    rawKeys: async () => (await objects.list('date=')).map(({ key }) => key),
    drafts: async () => (await readdir(scratchDirectory)).filter((name) => name.endsWith('.parquet')),
    [Symbol.asyncDispose]: async () => {
      await archive.close()
      await directory[Symbol.asyncDispose]()
    },
  }
}

/** Objects that reject one of the changing calls: the next one if `in` is 0; none if it is negative. */
export function failingObjects(objects: ObjectStore, failing: { in: number }): ObjectStore {
  const change = async <T>(work: () => Promise<T>): Promise<T> => {
    if (failing.in-- === 0) throw new Error('No space left on device')
    return work()
  }
  return {
    write: (key, bytes) => change(() => objects.write(key, bytes)),
    upload: (key, path) => change(() => objects.upload(key, path)),
    remove: (keys) => change(() => objects.remove(keys)),
    read: (key) => objects.read(key),
    open: (key) => objects.open(key),
    list: (prefix) => objects.list(prefix),
  }
}
