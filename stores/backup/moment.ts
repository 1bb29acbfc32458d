// Takes hold of everything on the disk of a process so that the parts fit together, while it goes on working. The rule
// is: what is derived is taken before what it is derived from, the log last. Then the copy is what a kill could have
// left, and a restored process recovers as after one:
//
// - Counts and their checkpoints come before the log. If they were ahead of it, new records would get offsets that are
//   held for counted (law 3), and late events and dead letters that a checkpoint has passed would be nowhere (law 6).
// - Counts come before the archive, whose recounts they hold; the archive comes before the log, so that its checkpoints
//   never pass the end of the log: what is archived next would be skipped.
// - Sketches of viewers are merged before the archive's checkpoint is written, so they are taken after it.
// - Layouts are read after the log: each that has routed a record of the copy must be there, or copies of its events
//   would reach another source (law 5). One that is to come may be there before its partitions: a start adds these.
// - Meanwhile no record leaves the log and nothing leaves the archive: what an older checkpoint still needs is there.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import { ifThere } from '../../lib/if-there.ts'
import { type ArchiveListing, type CopiedObjects, listForCopy } from '../archive/duckdb/copy.ts'
import type { EntriesCopy } from '../disk/database-copy.ts'
import type { EmbeddedLog, SourceBounds } from '../log/embedded/embedded-log.ts'
import type { ObjectInfo } from '../objects/objects.ts'

export const DATABASES = ['log', 'counts', 'uniques', 'videos'] as const
type DatabaseName = (typeof DATABASES)[number]

type Copied = { copy(): EntriesCopy }

export type MomentParts = {
  readonly root: string
  readonly log: Pick<EmbeddedLog, 'copy' | 'whileKept'>
  readonly counts: Copied
  readonly uniques: Copied
  readonly videos: Copied
  /** Null where the overload lane has none. */
  readonly overflow: CopiedObjects | null
  readonly clock: Pick<Clock, 'nowMs'>
}

/** To be disposed of. */
export type Moment = AsyncDisposable & {
  /** Everything that was acknowledged before is in the copy. */
  readonly takenMs: number
  readonly sources: readonly SourceBounds[]
  readonly databases: Readonly<Record<DatabaseName, EntriesCopy>>
  readonly archive: ArchiveListing
  readonly overflow: readonly ObjectInfo[]
  /** Files in the directory itself, by their names. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** They change only when the process starts, or as a whole. */
const FILES = ['format', 'layouts.json', 'keys.json.mark', 'keys.json']

/** To be called while nothing is removed from the archive. Fails with the errors of the parts. */
export function takeMoment(parts: MomentParts, archived: CopiedObjects): Promise<Moment> {
  return parts.log.whileKept(async () => {
    await using held = new AsyncDisposableStack()
    const counts = held.use(parts.counts.copy())
    const archive = await listForCopy(archived)
    const uniques = held.use(parts.uniques.copy())
    const videos = held.use(parts.videos.copy())
    const takenMs = parts.clock.nowMs()
    const log = parts.log.copy()
    held.use(log.entries)
    const files = await readFiles(parts.root)
    const overflow = (await parts.overflow?.list('')) ?? []
    const sources = await log.bounds()
    const stack = held.move()
    return {
      ...{ takenMs, sources, archive, overflow, files },
      databases: { counts, uniques, videos, log: log.entries },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  })
}

async function readFiles(root: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  for (const name of FILES) {
    const bytes = await ifThere(readFile(join(root, name)))
    if (bytes !== null) files.set(name, bytes)
  }
  return files
}
