// Opens the archive that the settings name.
import { join } from 'node:path'
import type { Clock } from '../../../lib/clock.ts'
import type { Opening } from '../../../lib/opening.ts'
import type { UnknownSchemas } from '../../../lib/unknown-schemas.ts'
import type { RecordArchive } from '../../../stores/archive/archive.ts'
import type { BreakdownReader } from '../../../stores/archive/breakdowns.ts'
import {
  type DuckdbArchive,
  type MakeEngine,
  openArchive,
} from '../../../stores/archive/duckdb/duckdb-archive.ts'
import { checkSpark } from '../../../stores/archive/spark/check-spark.ts'
import { sparkEngine } from '../../../stores/archive/spark/spark-engine.ts'
import type { RecountEngineSettings } from '../../../stores/archive/spark/spark-settings.ts'
import type { SqlReader } from '../../../stores/archive/sql.ts'
import { keptOpen } from '../../../stores/objects/kept-open.ts'
import type { ObjectStore } from '../../../stores/objects/objects.ts'
import type { ObjectsSettings } from '../../../stores/objects/objects-settings.ts'
import { openObjects } from '../../../stores/objects/open-objects.ts'
import { ArchiveThread } from './archive-thread.ts'
import { ArchiveThreads } from './archive-threads.ts'

export type ArchiveSettings = {
  readonly objects: ObjectsSettings
  /** Used by this archive alone, for temporary files. */
  readonly scratchDirectory: string
  readonly memoryMiB: number
  readonly threads: number
  /** What recounts are counted by; missing: DuckDB. */
  readonly engine?: MakeEngine
}

/** How the archive is opened for reading, and the scratch directory of the process. */
export type BatchArchiveSettings = {
  readonly objects: ObjectsSettings
  readonly dataDirectory: string
  readonly recountMiB: number
  readonly recountThreads: number
  readonly unknownSchemas: UnknownSchemas
  /** Missing: DuckDB. */
  readonly recountEngine?: RecountEngineSettings
  /** Threads that write at the same time; missing: 1. */
  readonly writers?: number
}

export type BatchArchive = {
  readonly archive: DuckdbArchive
  readonly records: RecordArchive
  /** Answers questions, with memory of its own: no question can take what a recount needs. */
  readonly asked: BreakdownReader & SqlReader
}

/** A batch of records is small. */
const WRITING = { memoryMiB: 128, threads: 1 }
const ANSWERING = { memoryMiB: 256, threads: 1 }

/**
 * Opens it for reading, recounting and maintenance by this thread, and for writing by threads of their own. Fails with
 * a SparkFault if Spark is to recount and cannot be started.
 */
export async function openBatchArchive(
  { stack, clock, signal }: Pick<Opening, 'stack' | 'clock' | 'signal'>,
  settings: BatchArchiveSettings,
): Promise<BatchArchive> {
  const { objects, dataDirectory, recountMiB, recountThreads, unknownSchemas, writers = 1 } = settings
  const scratch = join(dataDirectory, 'scratch')
  const reading = { memoryMiB: recountMiB, threads: recountThreads }
  const engine = await engineOf(settings, clock, signal)
  const archive = await openRawArchive(
    { objects, scratchDirectory: join(scratch, 'recount'), ...reading, ...engine },
    clock,
    keptFetched(objects),
  )
  stack.defer(() => archive.close())
  const records = new ArchiveThreads(
    Array.from({ length: writers }, (_, i) => {
      const scratchDirectory = join(scratch, i === 0 ? 'archive' : `archive-${i + 1}`)
      return new ArchiveThread({ objects, scratchDirectory, ...WRITING, unknownSchemas })
    }),
  )
  stack.defer(() => records.close())
  const asked = await openRawArchive(
    { objects, scratchDirectory: join(scratch, 'questions'), ...ANSWERING },
    clock,
    keptFetched(objects),
  )
  stack.defer(() => asked.close())
  return { archive, records, asked }
}

async function engineOf(
  { recountEngine = { kind: 'duckdb' }, objects }: BatchArchiveSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ readonly engine?: MakeEngine }> {
  if (recountEngine.kind === 'duckdb') return {}
  const { spark } = recountEngine
  const environment = process.env
  await checkSpark(spark, environment, signal)
  return { engine: sparkEngine({ spark, objects, environment, clock }) }
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
  { objects, scratchDirectory, memoryMiB, threads, engine }: ArchiveSettings,
  clock: Clock,
  wrapped = (opened: ObjectStore) => opened,
): Promise<DuckdbArchive> {
  return openArchive({
    objects: wrapped(await openObjects(objects, join(scratchDirectory, 'objects'), clock)),
    scratchDirectory: join(scratchDirectory, 'database'),
    memoryMiB,
    threads,
    ...(engine !== undefined && { engine }),
  })
}
