// The directory that holds everything a process keeps on disk. Made and checked before anything in it is
// opened. Knows no formats but its own version.
import { access, constants, mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'

export type DataDirectoryErrorCode =
  | 'not_a_directory'
  | 'not_writable'
  | 'newer_format'
  | 'locked'
  | 'damaged'
  | 'unavailable'

/** A fault of the data on disk as a whole. The message tells an operator what to do. */
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
}

const FORMAT = 1
const FORMAT_FILE = 'format'
const SUB_FOLDERS = ['log', 'counts', 'snapshots'] as const

/** Makes the directory where there is none, and refuses one that this version cannot use. */
export async function openDataDirectory(root: string): Promise<DataDirectory> {
  try {
    await mkdir(root, { recursive: true })
    await access(root, constants.R_OK | constants.W_OK | constants.X_OK)
    await checkFormat(root)
    const [log, counts, snapshots] = SUB_FOLDERS.map((folder) => join(root, folder))
    for (const folder of [log!, counts!, snapshots!]) await mkdir(folder, { recursive: true })
    return { root, log: log!, counts: counts!, snapshots: snapshots! }
  } catch (error) {
    throw error instanceof DataDirectoryError ? error : directoryFault(root, error)
  }
}

/** How to go on after damage: the same words wherever it is found. */
export function damaged(directory: string, finding: string, cause?: unknown): DataDirectoryError {
  return new DataDirectoryError('damaged', `${finding} ${damageAdvice(directory)}`, { cause })
}

export function damageAdvice(directory: string): string {
  return `The directory ${directory} is damaged: restore it from a backup, or move it aside to start anew.`
}

async function checkFormat(root: string): Promise<void> {
  const path = join(root, FORMAT_FILE)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return startFormat(root)
  const format = Number(text)
  if (!/^\d+\n$/.test(text)) throw damaged(root, `${path} does not hold a format version.`)
  if (format > FORMAT) {
    const versions = `format ${format}, this one knows ${FORMAT}`
    const message = `${root} was written by a newer version (${versions}): upgrade.`
    throw new DataDirectoryError('newer_format', message)
  }
}

async function startFormat(root: string): Promise<void> {
  for (const folder of SUB_FOLDERS) {
    if (await exists(join(root, folder))) {
      throw damaged(root, `${root} holds ${folder}, but no file ${FORMAT_FILE}.`)
    }
  }
  const draft = join(root, `${FORMAT_FILE}.new`)
  await syncedWrite(draft, `${FORMAT}\n`)
  await rename(draft, join(root, FORMAT_FILE))
}

async function syncedWrite(path: string, text: string): Promise<void> {
  await using file = await open(path, 'w')
  await file.writeFile(text)
  await file.sync()
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
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
