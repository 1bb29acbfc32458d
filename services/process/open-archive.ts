// The raw archive where the settings say.
import { join } from 'node:path'
import { type DuckdbArchive, openArchive } from '../adapters/archive/duckdb/duckdb-archive.ts'
import type { Clock } from '../ports/clock.ts'
import type { ObjectsSettings } from '../settings/objects-settings.ts'
import { openObjects } from './open-objects.ts'

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
