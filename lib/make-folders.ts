// Makes a folder with all that it lies in. Unlike mkdir with `recursive`, which then tries without end, it fails where
// the file system takes no folders, as below /proc.
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Leaves a folder that is there as it is. Fails with the error of the disk: `EEXIST` where a file has its name. */
export async function makeFolders(path: string, mode?: number): Promise<void> {
  try {
    await makeFolder(path, mode)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolders(dirname(path), mode)
    await makeFolder(path, mode)
  }
}

async function makeFolder(path: string, mode: number | undefined): Promise<void> {
  try {
    await mkdir(path, mode)
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST' && (await stat(path)).isDirectory()
    if (!isThere) throw error
  }
}
