// What a copy of the archive consists of. It is read in an order: what is read later may be ahead of what was read
// before, as after a crash; a checkpoint that is ahead of the files would lose what lies between.
import type { ObjectInfo, ObjectStore } from '../../objects/objects.ts'
import { CHECKPOINTS_PREFIX } from './checkpoints.ts'
import { DIMENSIONS_PREFIX } from './dimension-files.ts'
import { RAW_PREFIX } from './layout.ts'
import { MANIFEST_PREFIX } from './manifest.ts'
import { SET_ASIDE_PREFIX } from './set-aside.ts'

export type CopiedObjects = Pick<ObjectStore, 'list' | 'read' | 'open'>

export type ArchiveListing = {
  /** They change, so their bytes are read at once. */
  readonly checkpoints: readonly { readonly key: string; readonly bytes: Uint8Array }[]
  /** Objects that never change. */
  readonly files: readonly ObjectInfo[]
}

/** To be called while nothing is removed from the archive. Archiving may go on. */
export async function listForCopy(objects: CopiedObjects): Promise<ArchiveListing> {
  const checkpoints = await readCheckpoints(objects)
  const files = await listFiles(objects)
  return { checkpoints, files }
}

async function readCheckpoints(objects: CopiedObjects): Promise<ArchiveListing['checkpoints']> {
  const checkpoints: { key: string; bytes: Uint8Array }[] = []
  for (const { key } of await objects.list(CHECKPOINTS_PREFIX)) {
    const bytes = await objects.read(key)
    if (bytes !== null) checkpoints.push({ key, bytes })
  }
  return checkpoints
}

/** An entry of the manifest is written after its file; a file that is set aside is there before it leaves its place. */
async function listFiles(objects: CopiedObjects): Promise<readonly ObjectInfo[]> {
  const files: ObjectInfo[] = []
  for (const prefix of [MANIFEST_PREFIX, RAW_PREFIX, SET_ASIDE_PREFIX, DIMENSIONS_PREFIX]) {
    files.push(...(await objects.list(prefix)))
  }
  return files
}
