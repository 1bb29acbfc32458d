// Stores a backup of a running Tally. Where it fails, nothing is left in the directory.
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../lib/fault.ts'
import { makeFolders } from '../../lib/make-folders.ts'
import type { Manifest } from '../../stores/backup/manifest.ts'
import { OWNER_ONLY, receiveBackup } from '../../stores/backup/receive-backup.ts'
import { RECEIVING_FILE } from '../../stores/disk/data-directory.ts'
import { download, RefusedDownload } from '../download.ts'
import type { ServerOptions } from './backup-options.ts'
import { ByteProgress, bytesText, type Screen } from './byte-progress.ts'

/** Fails with a Fault. */
export async function run(
  { out, url, key }: Omit<ServerOptions, 'kept'>,
  print: (line: string) => void,
  screen: Screen,
) {
  const startMs = performance.now()
  const progress = new ByteProgress(screen, 'received', null)
  const manifest = await intoDirectory(out, async () => {
    try {
      const body = await download(url, '/v1/admin/backup', key)
      return await receiveBackup(body, out, (bytes) => progress.add(bytes))
    } catch (error) {
      throw faultOf(error, url, out)
    } finally {
      progress.clear()
    }
  })
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1)
  print(`${out}: ${figuresOf(manifest)}, ${seconds} s`)
}

/** Nothing is left in the directory where the task fails, with whatever it fails with. */
export async function intoDirectory<T>(out: string, task: () => Promise<T>): Promise<T> {
  await prepare(out)
  try {
    const made = await task()
    await rm(join(out, RECEIVING_FILE), { force: true })
    return made
  } catch (error) {
    for (const name of await readdir(out)) await rm(join(out, name), { recursive: true, force: true })
    throw error
  }
}

export function figuresOf({ files, sources, asOf }: Manifest): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const records = sources.reduce((sum, source) => sum + source.endOffset - source.startOffset, 0)
  const held = `${records} records of ${sources.length} sources of the log`
  return `${bytesText(bytes)} in ${files.length} files, ${held}, everything acknowledged before ${asOf}`
}

/** Of two commands that find it empty only one may go on: the other would remove what the first one stores. */
async function prepare(out: string): Promise<void> {
  try {
    await makeFolders(out, OWNER_ONLY.folder)
    if ((await readdir(out)).length === 0) {
      await writeFile(join(out, RECEIVING_FILE), '', { flag: 'wx', mode: OWNER_ONLY.file })
      return
    }
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    const isTaken = code === 'EEXIST' && path === join(out, RECEIVING_FILE)
    if (!isTaken) throw new Fault(`${out} cannot be used: ${(error as Error).message}`)
  }
  throw new Fault(`${out} is not empty: name a directory that is, or that does not exist yet.`)
}

function faultOf(error: unknown, url: string, out: string): Fault {
  if (error instanceof RefusedDownload && error.status === 404) {
    return new Fault(
      `${error.message} Services that store on servers of their own are backed up there: docs/backup.md.`,
    )
  }
  if (error instanceof Fault)
    return error.message.startsWith(url) ? error : new Fault(`${url} ${error.message}.`)
  const { code, message, syscall } = error as NodeJS.ErrnoException
  if (code === 'ECONNRESET' || message === 'aborted') {
    return new Fault(
      `${url} ended the connection before the backup was whole: look into the log of the server.`,
    )
  }
  const isOfDisk = syscall !== undefined
  return new Fault(isOfDisk ? `${out} could not be written: ${message}` : `${url}: ${message}`)
}
