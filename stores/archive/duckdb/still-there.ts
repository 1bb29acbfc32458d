// Files that others may remove while they are read.
import type { ObjectInfo, ObjectStore } from '../../objects/objects.ts'
import { inParallel } from './in-parallel.ts'

/** Which of these still exist. */
export async function stillThere<File extends Pick<ObjectInfo, 'key'>>(
  objects: Pick<ObjectStore, 'list'>,
  files: readonly File[],
): Promise<readonly File[]> {
  const found = await inParallel(files, ({ key }) => objects.list(key))
  return files.filter(({ key }, i) => found[i]!.some((info) => info.key === key))
}
