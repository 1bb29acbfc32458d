// What a process keeps holds ids of viewers: nobody but its own account may read it, whatever the account's umask is.
import { chmod, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'

/** Taken from every mode: all that is not the owner's. */
const OTHERS = 0o077

/**
 * From now on, every file that this process makes is its account's alone: also those of its threads and of LevelDB and
 * DuckDB within it. What earlier versions left readable in `folders`, each of which is ours alone, is made so too. What
 * belongs to another account is told of, and left.
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

/** A folder that is private itself needs no further look: it is made so after all that is in it. */
async function tighten(path: string): Promise<void> {
  const status = await lstat(path)
  if (status.isSymbolicLink() || (status.mode & OTHERS) === 0) return
  if (status.isDirectory()) for (const name of await readdir(path)) await tighten(join(path, name))
  await chmod(path, status.mode & 0o7777 & ~OTHERS)
}
