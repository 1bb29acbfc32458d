// Makes a data directory of a backup: checks every file before anything is written, and builds everything in a folder
// of the directory. While that folder is there, no process starts on the directory (data-directory.ts).
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Fault } from '../../lib/fault.ts'
import { makeFolders } from '../../lib/make-folders.ts'
import { DataDirectoryError, MANIFEST_PATH, RESTORING_FOLDER } from '../disk/data-directory.ts'
import type { Entry } from '../disk/database-copy.ts'
import { lockDirectory } from '../disk/directory-lock.ts'
import { fillDatabase } from '../disk/level-database.ts'
import { type BackupFile, type Manifest, parseManifest } from './manifest.ts'
import { DATABASES } from './moment.ts'
import { entriesOf } from './parts.ts'
import { OWNER_ONLY } from './receive-backup.ts'

const SHOWN_MAX = 10
/** In the folder in which everything is built. */
const LOCK = 'lock'

/** Fails with a Fault that says what to do. */
export async function readManifest(directory: string): Promise<Manifest> {
  const path = join(directory, MANIFEST_PATH)
  const text = await readFile(path, 'utf8').catch(async (error: NodeJS.ErrnoException) => {
    throw (await folderFault(directory)) ?? manifestFault(directory, path, error)
  })
  try {
    return parseManifest(text)
  } catch (error) {
    throw error instanceof Fault ? new Fault(`${path} ${error.message}.`) : error
  }
}

async function folderFault(directory: string): Promise<Fault | null> {
  try {
    const isFolder = (await stat(directory)).isDirectory()
    return isFolder ? null : new Fault(`${directory} is a file, not a backup.`)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return new Fault(`${directory} ${code === 'ENOENT' ? 'does not exist' : `cannot be read: ${message}`}.`)
  }
}

function manifestFault(directory: string, path: string, { code, message }: NodeJS.ErrnoException): Fault {
  if (code !== 'ENOENT') return new Fault(`${path} cannot be read: ${message}.`)
  return new Fault(
    `There is no whole backup in ${directory}: ${path} is missing, which a backup writes last.`,
  )
}

/**
 * Compares every file with the manifest. Fails with a Fault that names those that differ.
 * @param onBytes called with the bytes of each file that was read
 */
export async function checkBackup(
  directory: string,
  { files }: Manifest,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const faults: string[] = []
  for (const file of files) {
    const fault = await faultOf(join(directory, file.path), file)
    if (fault !== null) faults.push(`${file.path} ${fault}`)
    onBytes(file.bytes)
  }
  if (faults.length === 0) return
  const shown = faults.slice(0, SHOWN_MAX).join('\n')
  const more = faults.length > SHOWN_MAX ? `\nand ${faults.length - SHOWN_MAX} more` : ''
  throw new Fault(`The backup in ${directory} is damaged:\n${shown}${more}\nNothing was restored.`)
}

async function faultOf(path: string, { bytes, sha256 }: BackupFile): Promise<string | null> {
  try {
    const { size } = await stat(path)
    if (size !== bytes) return `has ${size} bytes instead of ${bytes}`
    const digest = createHash('sha256')
    await pipeline(createReadStream(path), digest)
    return digest.digest('hex') === sha256 ? null : 'was changed: it does not match its checksum'
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'is missing' : `cannot be read: ${message}`
  }
}

/** Fails with a Fault unless a backup may be restored there: nothing is, or only what a restore has begun. */
export async function checkTarget(root: string, { files }: Manifest): Promise<void> {
  const names = await namesIn(root)
  const ofData = DATABASES.flatMap((name) => [name, `${name}.mark`])
  const restored = new Set([RESTORING_FOLDER, ...ofData, ...files.map(({ path }) => path.split('/')[0])])
  const isBegun = names.includes(RESTORING_FOLDER) && names.every((name) => restored.has(name))
  if (names.length === 0 || isBegun) return
  throw notEmpty(root)
}

function notEmpty(root: string): Fault {
  return new Fault(`${root} is not empty: name a directory that is, or that does not exist yet.`)
}

/**
 * Fails with a Fault, or with an error of the disk; then the directory is empty.
 * @param root the data directory to be, which `checkTarget` allows
 */
export async function restoreBackup(
  directory: string,
  { files }: Manifest,
  root: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const draft = join(root, RESTORING_FOLDER)
  const lock = await begin(root, draft)
  try {
    await empty(root) // of a restore that was killed
    for (const name of DATABASES) {
      const parts = files.filter(({ path }) => path.startsWith(`${name}/`))
      await fillDatabase(join(draft, name), entriesIn(directory, parts, onBytes))
    }
    for (const file of files) {
      if (DATABASES.some((name) => file.path.startsWith(`${name}/`))) continue
      await copyInto(join(draft, file.path), join(directory, file.path), file)
      onBytes(file.bytes)
    }
    await syncFolders(draft)
    for (const name of await readdir(draft)) {
      if (name !== LOCK) await rename(join(draft, name), join(root, name))
    }
    await syncFolder(root)
  } catch (error) {
    await empty(root)
    throw error
  } finally {
    await rm(draft, { recursive: true }) // locked, so that no other restore takes what is made for its own
    await lock.release()
  }
  await syncFolder(root)
}

/** Of several restores into the same directory, only one goes on. */
async function begin(root: string, draft: string) {
  await makeFolders(root, OWNER_ONLY.folder)
  const isNew = await mkdir(draft, OWNER_ONLY.folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
      return false
    },
  )
  const lock = await lockDirectory(join(draft, LOCK)).catch((error: unknown) => {
    if (!(error instanceof DataDirectoryError) || error.code !== 'locked') throw error
    throw new Fault(`Another restore is at work in ${root}: let it end.`)
  })
  if (!isNew || (await readdir(root)).length === 1) return lock
  await rm(draft, { recursive: true }) // another one has ended since `checkTarget`
  await lock.release()
  throw notEmpty(root)
}

/** Except for the lock, which also keeps processes from starting on what is left. */
async function empty(root: string): Promise<void> {
  for (const folder of [root, join(root, RESTORING_FOLDER)]) {
    for (const name of await readdir(folder)) {
      if (name !== RESTORING_FOLDER && name !== LOCK) await rm(join(folder, name), { recursive: true })
    }
  }
}

async function namesIn(root: string): Promise<readonly string[]> {
  try {
    return await readdir(root)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    if (code === 'ENOTDIR') throw new Fault(`${root} is a file: name a directory.`)
    throw error
  }
}

async function* entriesIn(
  directory: string,
  parts: readonly BackupFile[],
  onBytes: (bytes: number) => void,
): AsyncGenerator<readonly Entry[]> {
  for (const { path, bytes } of parts) {
    yield await entriesOf(await readFile(join(directory, path)))
    onBytes(bytes)
  }
}

async function copyInto(target: string, from: string, { modifiedMs }: BackupFile): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: OWNER_ONLY.folder })
  await copyFile(from, target)
  await using file = await open(target, 'r+')
  await file.chmod(OWNER_ONLY.file)
  if (modifiedMs !== undefined) await utimes(target, modifiedMs / 1_000, modifiedMs / 1_000)
  await file.sync()
}

/** The folder last, when the names in it are durable. */
async function syncFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await syncFolders(join(folder, entry.name))
  }
  await syncFolder(folder)
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  await using opened = await open(folder, 'r')
  await opened.sync()
}
