// The directory that holds everything a process keeps on disk. Made and checked before anything in it is
// opened. Knows no formats but its own version.
import { access, constants, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileWhole } from '../../lib/atomic-file.ts'
import { ifThere } from '../../lib/if-there.ts'
import { makeFolders } from '../../lib/make-folders.ts'

export type DataDirectoryErrorCode =
  | 'not_a_directory'
  | 'not_writable'
  | 'newer_format'
  | 'locked'
  | 'damaged'
  | 'unavailable'

/** A fault of the data on disk as a whole. The message says what an operator should do. */
export class DataDirectoryError extends Error {
  readonly code: DataDirectoryErrorCode
  constructor(code: DataDirectoryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DataDirectoryError'
    this.code = code
  }
}

/** Paths of the sub-folders, all of which exist. */
export type DataDirectory = {
  readonly root: string
  readonly log: string
  readonly counts: string
  readonly snapshots: string
  /** Whether it holds a log, and so everything that is made before a log. */
  readonly isUsed: boolean
}

const FORMAT = 1
const FORMAT_FILE = 'format'
const SUB_FOLDERS = ['log', 'counts', 'snapshots'] as const
/** Is there while a backup is restored into the directory. */
export const RESTORING_FOLDER = 'restoring'
/** Of a directory that is a backup: the first one while it is received, the second one when it is whole. */
export const RECEIVING_FILE = 'receiving'
export const MANIFEST_PATH = 'manifest.json'
/** If one of these is missing, data is lost or a disk is not mounted. */
const NEEDED_FOLDERS = ['log', 'counts'] as const

/** Creates the directory if it does not exist, and refuses one that this version cannot use. */
export async function openDataDirectory(root: string): Promise<DataDirectory> {
  try {
    await makeFolders(root)
    await access(root, constants.R_OK | constants.W_OK | constants.X_OK)
    await refuseHalfRestored(root)
    await refuseBackup(root)
    const isNew = await checkFormat(root)
    const [log, counts, snapshots] = SUB_FOLDERS.map((folder) => join(root, folder))
    for (const folder of [log!, counts!, snapshots!]) await makeFolder(folder)
    if (isNew) await writeFileWhole(join(root, FORMAT_FILE), `${FORMAT}\n`)
    const isUsed = (await readdir(log!)).length > 0
    return { root, log: log!, counts: counts!, snapshots: snapshots!, isUsed }
  } catch (error) {
    throw error instanceof DataDirectoryError ? error : directoryFault(root, error)
  }
}

/** What to do after damage: the same text everywhere. */
export function damaged(directory: string, finding: string, cause?: unknown): DataDirectoryError {
  return new DataDirectoryError('damaged', `${finding} ${damageAdvice(directory)}`, { cause })
}

export function damageAdvice(path: string): string {
  return `${path} is damaged: restore it from a backup, or move it aside to start anew.`
}

/** Whether the directory is used for the first time. */
async function checkFormat(root: string): Promise<boolean> {
  const path = join(root, FORMAT_FILE)
  const text = await ifThere(readFile(path, 'utf8'))
  if (text === null) return checkUnused(root)
  const format = Number(text)
  if (!/^\d+\n$/.test(text)) throw damaged(root, `${path} does not hold a format version.`)
  if (format > FORMAT) {
    const versions = `format ${format}, this one knows ${FORMAT}`
    const message = `${root} was written by a newer version (${versions}): upgrade.`
    throw new DataDirectoryError('newer_format', message)
  }
  for (const folder of NEEDED_FOLDERS) await refuseWithout(join(root, folder))
  return false
}

/** An interrupted first start leaves empty folders. */
async function checkUnused(root: string): Promise<boolean> {
  for (const folder of SUB_FOLDERS) {
    const held = await readdir(join(root, folder)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    if (held.length > 0) throw damaged(root, `${root} holds ${folder}, but no file ${FORMAT_FILE}.`)
  }
  return true
}

async function refuseWithout(folder: string): Promise<void> {
  if (!(await isThere(folder))) throw lostDirectory(folder)
}

async function refuseHalfRestored(root: string): Promise<void> {
  if (!(await isThere(join(root, RESTORING_FOLDER)))) return
  const message = `A backup was not restored to its end in ${root}: run npm run restore again.`
  throw new DataDirectoryError('damaged', message)
}

/** A process that worked on it would change it, and so destroy it. */
async function refuseBackup(root: string): Promise<void> {
  if (await isThere(join(root, MANIFEST_PATH))) {
    const advice = `make a data directory of it with npm run restore -- --from ${root} --data-dir DIR`
    throw new DataDirectoryError('damaged', `${root} is a backup: ${advice}.`)
  }
  if (await isThere(join(root, RECEIVING_FILE))) {
    const message = `${root} holds a backup that is not whole: name a directory with data.`
    throw new DataDirectoryError('damaged', message)
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await ifThere(stat(path))) !== null
}

export function lostDirectory(folder: string): DataDirectoryError {
  const advice = 'Restore it from a backup, or make an empty one to start it anew.'
  return new DataDirectoryError('damaged', `The directory ${folder} is lost. ${advice}`)
}

async function makeFolder(folder: string): Promise<void> {
  await makeFolders(folder).catch((error) => {
    throw directoryFault(folder, error)
  })
}

function directoryFault(root: string, error: unknown): DataDirectoryError {
  const { code } = error as NodeJS.ErrnoException
  const options = { cause: error }
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return new DataDirectoryError(
        'not_a_directory',
        `${root} is in use by a file: name a directory.`,
        options,
      )
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new DataDirectoryError(
        'not_writable',
        `${root} cannot be written: change its owner or mode.`,
        options,
      )
    default:
      return new DataDirectoryError(
        'unavailable',
        `${root} cannot be used: ${(error as Error).message}`,
        options,
      )
  }
}
