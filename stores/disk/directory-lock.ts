// A lock that ends with its process, however that ends: LevelDB's own, which the operating system frees.
import { ClassicLevel } from 'classic-level'
import { levelFault } from './level-database.ts'

export type DirectoryLock = { readonly release: () => Promise<void> }

/**
 * @param directory made for the lock alone
 * Fails with a DataDirectoryError, with the code `locked` if another one has it.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const level = new ClassicLevel(directory)
  try {
    await level.open()
  } catch (error) {
    await level.close()
    throw levelFault(directory, error)
  }
  return { release: () => level.close() }
}
