// Whether the log, the counts and the archive on one disk belong together, asked before anything is accepted. A log
// that ends before what was counted of it would give new events offsets that are held for counted, and nobody would
// miss them.

import type { Archive } from '../../stores/archive/archive.ts'
import type { CountWriter } from '../../stores/counts/counts.ts'
import { type DataDirectory, DataDirectoryError, damaged } from '../../stores/disk/data-directory.ts'
import { COUNTED_LANES, EVENT_LANES, type Log, type Source, sourcesOf } from '../../stores/log/log.ts'

export type WholeLogParts = {
  readonly log: Pick<Log, 'sources' | 'bounds'>
  readonly counts: Pick<CountWriter, 'readCheckpoint'>
  readonly archive: Pick<Archive, 'readCheckpoint'>
}

/** Fails with a DataDirectoryError `damaged`. An archive that cannot be asked now is not waited for. */
export async function checkLogIsWhole(
  { log, counts, archive }: WholeLogParts,
  directory: DataDirectory,
): Promise<void> {
  for (const source of await sourcesOf(log, EVENT_LANES)) {
    const { startOffset, endOffset } = await log.bounds(source)
    const counted = await countedTo(counts, source)
    const archived = await archivedTo(archive, source)
    const known = Math.max(counted ?? 0, archived)
    if (endOffset < known) {
      const ends = `The log ends at offset ${endOffset} of source ${source.id}`
      throw damaged(directory.log, `${ends}, but ${known} were counted or archived.`)
    }
    if (counted !== null && counted < startOffset) throw lostCounts(directory, source, counted, startOffset)
  }
}

/** Null for sources that are not counted. */
async function countedTo(counts: WholeLogParts['counts'], source: Source): Promise<number | null> {
  if (!COUNTED_LANES.includes(source.lane)) return null
  const checkpoint = await counts.readCheckpoint(source.id)
  return checkpoint === null ? 0 : checkpoint.offset + 1
}

async function archivedTo(archive: WholeLogParts['archive'], source: Source): Promise<number> {
  try {
    return (await archive.readCheckpoint(source.id))?.nextOffset ?? 0
  } catch (error) {
    if (error instanceof DataDirectoryError) throw error
    return 0
  }
}

function lostCounts(
  { counts }: DataDirectory,
  source: Source,
  counted: number,
  startOffset: number,
): DataDirectoryError {
  const message =
    `The counts in ${counts} know source ${source.id} up to offset ${counted}, but the log begins at ${startOffset}: ` +
    'they have lost what they held. Restore them from a backup. Without one, run npm run rebuild: it counts again ' +
    'what the log and the archive hold.'
  return new DataDirectoryError('damaged', message)
}
