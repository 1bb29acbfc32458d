// Opens the archive that the settings name.
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import type { Opening } from '../../lib/opening.ts'
import type { UnknownSchemas } from '../../lib/unknown-schemas.ts'
import type { RecordArchive } from '../../stores/archive/archive.ts'
import type { BreakdownReader } from '../../stores/archive/breakdowns.ts'
import { type DuckdbArchive, openArchive } from '../../stores/archive/duckdb/duckdb-archive.ts'
import { keptOpen } from '../../stores/objects/kept-open.ts'
import type { ObjectStore } from '../../stores/objects/objects.ts'
import type { ObjectsSettings } from '../../stores/objects/objects-settings.ts'
import { openObjects } from '../../stores/objects/open-objects.ts'
import { ArchiveThread } from './archive-thread.ts'

export type ArchiveSettings = {
  readonly objects: ObjectsSettings
  /** Used by this archive alone, for temporary files. */
  readonly scratchDirectory: string
  readonly memoryMiB: number
  readonly threads: number
}

/** How the archive is opened for reading, and the scratch directory of the process. */
export type BatchArchiveSettings = {
  readonly objects: ObjectsSettings
  readonly dataDirectory: string
  readonly recountMiB: number
  readonly recountThreads: number
  readonly unknownSchemas: UnknownSchemas
}

export type BatchArchive = {
  readonly archive: DuckdbArchive
  readonly records: RecordArchive
  /** Answers questions, with memory of its own: no question can take what a recount needs. */
  readonly asked: BreakdownReader
}

/** A batch of records is small. */
const WRITING = { memoryMiB: 128, threads: 1 }
const ANSWERING = { memoryMiB: 256, threads: 1 }

/** Opens it for reading, recounting and maintenance by this thread, and for writing by a thread of its own. */
export async function openBatchArchive(
  { stack, clock }: Pick<Opening, 'stack' | 'clock'>,
  { objects, dataDirectory, recountMiB, recountThreads, unknownSchemas }: BatchArchiveSettings,
): Promise<BatchArchive> {
  const scratch = join(dataDirectory, 'scratch')
  const reading = { memoryMiB: recountMiB, threads: recountThreads }
  const archive = await openRawArchive(
    { objects, scratchDirectory: join(scratch, 'recount'), ...reading },
    clock,
    keptFetched(objects),
  )
  stack.defer(() => archive.close())
  const writing = { objects, scratchDirectory: join(scratch, 'archive'), ...WRITING, unknownSchemas }
  const records = new ArchiveThread(writing)
  stack.defer(() => records.close())
  const asked = await openRawArchive(
    { objects, scratchDirectory: join(scratch, 'questions'), ...ANSWERING },
    clock,
    keptFetched(objects),
  )
  stack.defer(() => asked.close())
  return { archive, records, asked }
}

/**
 * Questions about the same days follow each other, and shares of the same hours: what they fetch from a bucket stays
 * for the next.
 */
function keptFetched(settings: ObjectsSettings): (opened: ObjectStore) => ObjectStore {
  if (settings.kind === 'file') return (opened) => opened
  return (opened) => keptOpen(opened, settings.scratchBytesMax / 2)
}

export async function openRawArchive(
  { objects, scratchDirectory, memoryMiB, threads }: ArchiveSettings,
  clock: Clock,
  wrapped = (opened: ObjectStore) => opened,
): Promise<DuckdbArchive> {
  return openArchive({
    objects: wrapped(await openObjects(objects, join(scratchDirectory, 'objects'), clock)),
    scratchDirectory: join(scratchDirectory, 'database'),
    memoryMiB,
    threads,
  })
}
