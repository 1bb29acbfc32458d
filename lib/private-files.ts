// Files of a process hold ids of viewers: only its own account may read them, whatever the account's umask is.
import { chmod, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'

/** The permissions that are removed from every mode: all except the owner's. */
const OTHERS = 0o077

/**
 * From now on, only its own account can read files that this process makes, those of its threads, LevelDB and DuckDB
 * included. Files that earlier versions left readable in `folders`, which belong to us alone, are made private too.
 * Files of another account are logged and left as they are.
 */
export async function keepPrivate(folders: readonly string[], logger: FastifyBaseLogger): Promise<void> {
  process.umask(OTHERS)
  for (const folder of folders) {
    await tighten(folder).catch((err: NodeJS.ErrnoException) => {
      if (err.code === 'ENOENT') return
      logger.warn({ err }, `other accounts may read what is in ${folder}: take that right from them`)
    })
  }
}

/** A folder that is private needs no further look: it is made private after everything in it. */
async function tighten(path: string): Promise<void> {
  const status = await lstat(path)
  if (status.isSymbolicLink() || (status.mode & OTHERS) === 0) return
  if (status.isDirectory()) for (const name of await readdir(path)) await tighten(join(path, name))
  await chmod(path, status.mode & 0o7777 & ~OTHERS)
}
