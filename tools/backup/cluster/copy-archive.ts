// Copies the archive while reconcilers work on it. Files never change under their names, but they are merged, rewritten
// and purged: so what a listing shows is copied, and where some of it has gone meanwhile, the archive is listed again.
// In the end the copy is one listing, of which every file was there when it was copied, and of which it is known which
// hours it holds whole: the name of a raw file tells the checksum of its bytes.

import { CHECKPOINTS_PREFIX } from '../../../stores/archive/duckdb/checkpoints.ts'
import type { CopiedObjects } from '../../../stores/archive/duckdb/copy.ts'
import { DIMENSIONS_PREFIX } from '../../../stores/archive/duckdb/dimension-files.ts'
import { type HoursHeld, hoursHeld } from '../../../stores/archive/duckdb/hours-held.ts'
import { RAW_PREFIX } from '../../../stores/archive/duckdb/layout.ts'
import { keyOfEntry, MANIFEST_PREFIX } from '../../../stores/archive/duckdb/manifest.ts'
import { SET_ASIDE_PREFIX } from '../../../stores/archive/duckdb/set-aside.ts'
import { type ObjectInfo, ObjectMissing } from '../../../stores/objects/objects.ts'
import type { BackupFolder } from './backup-folder.ts'
import { ARCHIVE_FOLDER } from './contents.ts'

/** Each time something must have been merged, rewritten or purged. */
const LISTINGS_MAX = 100

/** Returns what the copy holds. */
export async function copyArchive(
  objects: CopiedObjects,
  folder: BackupFolder,
  onProgress: (copied: number, of: number) => void,
): Promise<HoursHeld> {
  const checksums = new Map<string, number>()
  for (let i = 0; i < LISTINGS_MAX; i++) {
    const checkpoints = await objects.list(CHECKPOINTS_PREFIX)
    const listed = await listedFiles(objects)
    if (listed === null) continue
    let isWhole = true
    for (const [at, info] of listed.entries()) {
      isWhole = (await copied(objects, folder, info, checksums)) && isWhole
      onProgress(at + 1, listed.length)
    }
    if (!isWhole) continue
    for (const { key } of checkpoints) {
      const bytes = await objects.read(key)
      if (bytes !== null) await folder.bytes(pathOf(key), bytes)
    }
    const wanted = new Set([...listed, ...checkpoints].map(({ key }) => pathOf(key)))
    await folder.keepOnly(ARCHIVE_FOLDER, (path) => wanted.has(path))
    return hoursHeld(listed, ({ key, bytes, checksum }) => bytes === 0 || checksum !== checksums.get(key))
  }
  throw new Error(`The archive has changed ${LISTINGS_MAX} times while it was copied.`)
}

/**
 * An entry of the manifest is written after its file and removed before it: one that is there before and after the
 * files are listed stands for a file among them, or for one that is lost. Null: a listing that takes several calls may
 * show neither a file that was merged meanwhile nor the merged one; so an entry has gone, and its file is not there.
 */
async function listedFiles(objects: CopiedObjects): Promise<readonly ObjectInfo[] | null> {
  const entries = await objects.list(MANIFEST_PREFIX)
  const files: ObjectInfo[] = []
  for (const prefix of [RAW_PREFIX, SET_ASIDE_PREFIX, DIMENSIONS_PREFIX]) {
    files.push(...(await objects.list(prefix)))
  }
  const still = new Set((await objects.list(MANIFEST_PREFIX)).map(({ key }) => key))
  const there = new Set(files.map(({ key }) => key))
  const gone = entries.filter(({ key }) => !still.has(key))
  if (gone.some(({ key }) => !there.has(keyOfEntry(key) ?? key))) return null
  return [...files, ...entries.filter(({ key }) => still.has(key))]
}

/** False: it has gone since it was listed. */
async function copied(
  objects: CopiedObjects,
  folder: BackupFolder,
  info: ObjectInfo,
  checksums: Map<string, number>,
): Promise<boolean> {
  const { key, bytes, modifiedMs } = info
  if (folder.has(pathOf(key))) return true
  try {
    const object = await objects.open(key)
    try {
      checksums.set(key, await folder.copy(pathOf(key), object.path, bytes, modifiedMs))
    } finally {
      await object.release()
    }
    return true
  } catch (error) {
    const { code, path = '' } = error as NodeJS.ErrnoException
    if (!(error instanceof ObjectMissing) && !(code === 'ENOENT' && path.endsWith(key))) throw error
    return false
  }
}

function pathOf(key: string): string {
  return `${ARCHIVE_FOLDER}${key}`
}
