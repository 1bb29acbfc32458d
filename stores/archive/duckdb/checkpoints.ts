// How far each source is archived: one object each, with a checksum.
import { crc32 } from 'node:zlib'
import { DataDirectoryError } from '../../disk/data-directory.ts'
import type { ObjectStore } from '../../objects/objects.ts'
import type { ArchiveCheckpoint } from '../archive.ts'

export const CHECKPOINTS_PREFIX = 'checkpoints/'
const SUFFIX = '.json'

export class Checkpoints {
  readonly #objects: ObjectStore

  constructor(objects: ObjectStore) {
    this.#objects = objects
  }

  /** Throws if a checkpoint is damaged: what is missing before it must not be forgotten. */
  read(sourceId: string): Promise<ArchiveCheckpoint | null> {
    return readCheckpoint(this.#objects, sourceId)
  }

  async write(sourceId: string, checkpoint: ArchiveCheckpoint): Promise<void> {
    const { nextOffset, logTimeMs, missingBeforeMs } = checkpoint
    const text = JSON.stringify({ source: sourceId, nextOffset, logTimeMs, missingBeforeMs })
    await this.#objects.write(keyOf(sourceId), Buffer.from(`${text}\n${crc32(text)}\n`))
  }

  all(): Promise<ReadonlyMap<string, ArchiveCheckpoint>> {
    return readCheckpoints(this.#objects)
  }
}

type Reading = Pick<ObjectStore, 'list' | 'read'>

/** For who only reads the archive. Throws if one is damaged. */
export async function readCheckpoints(objects: Reading): Promise<ReadonlyMap<string, ArchiveCheckpoint>> {
  const all = new Map<string, ArchiveCheckpoint>()
  for (const { key } of await objects.list(CHECKPOINTS_PREFIX)) {
    const sourceId = key.slice(CHECKPOINTS_PREFIX.length, -SUFFIX.length)
    const checkpoint = key.endsWith(SUFFIX) ? await readCheckpoint(objects, sourceId) : null
    if (checkpoint !== null) all.set(sourceId, checkpoint)
  }
  return all
}

async function readCheckpoint(
  objects: Pick<Reading, 'read'>,
  sourceId: string,
): Promise<ArchiveCheckpoint | null> {
  const bytes = await objects.read(keyOf(sourceId))
  return bytes === null ? null : parse(sourceId, bytes)
}

function parse(sourceId: string, bytes: Uint8Array): ArchiveCheckpoint {
  const [text = '', checksum] = Buffer.from(bytes).toString().split('\n')
  if (String(crc32(text)) !== checksum) throw damaged(sourceId)
  const { source, ...checkpoint } = JSON.parse(text)
  if (source !== sourceId) throw damaged(sourceId)
  return checkpoint
}

function damaged(sourceId: string): DataDirectoryError {
  const advice = 'Remove it to archive what the log still holds once more; copies do no harm.'
  return new DataDirectoryError('damaged', `The archive's ${keyOf(sourceId)} is damaged. ${advice}`)
}

function keyOf(sourceId: string): string {
  return `${CHECKPOINTS_PREFIX}${sourceId}${SUFFIX}`
}
