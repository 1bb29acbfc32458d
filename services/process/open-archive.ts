// The raw archive where the settings say: a directory of this machine, or a bucket.
import { join } from 'node:path'
import { type DuckdbArchive, openArchive } from '../adapters/archive/duckdb/duckdb-archive.ts'
import { openLocalObjects } from '../adapters/objects/local-objects.ts'
import type { Clock } from '../ports/clock.ts'
import type { ObjectStore } from '../ports/objects.ts'
import type { ObjectsSettings } from '../settings/objects-settings.ts'

export type ArchiveSettings = {
  readonly objects: ObjectsSettings
  /** Of this process alone: what it works on for a while is in it. */
  readonly dataDirectory: string
  readonly recountMiB: number
  readonly recountThreads: number
}

/** To be closed before the process ends. */
export async function openRawArchive(settings: ArchiveSettings, clock: Clock): Promise<DuckdbArchive> {
  const { objects, dataDirectory, recountMiB, recountThreads } = settings
  const scratch = join(dataDirectory, 'scratch')
  return openArchive({
    objects: await openObjects(objects, join(scratch, 'objects'), clock),
    scratchDirectory: join(scratch, 'recount'),
    memoryMiB: recountMiB,
    threads: recountThreads,
  })
}

async function openObjects(
  settings: ObjectsSettings,
  scratchDirectory: string,
  clock: Clock,
): Promise<ObjectStore> {
  if (settings.kind === 'file') return openLocalObjects(settings.directory)
  const { openS3Objects } = await import('../adapters/objects/s3/s3-objects.ts') // its client is slow to load
  return openS3Objects(settings, { clock, random: Math.random, scratchDirectory })
}
