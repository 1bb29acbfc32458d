// Counts raw events in DuckDB, a range of series at a time that fits into its memory.

import type { DuckDBConnection } from '@duckdb/node-api'
import { bytesOf } from '../../../lib/byte-units.ts'
import { ALL_SERIES, cutAt, isInRange, keysThatCut, type SeriesRange } from '../../../model/series-range.ts'
import type { RecountEngine, RecountedHours, RecountTask } from '../recount-engine.ts'
import type { Database } from './database.ts'
import type { RawFile } from './layout.ts'
import type { RawFiles } from './raw-files.ts'
import { readRecounted } from './read-recounted.ts'
import { MEMORY_PER_FILE_BYTE } from './recount.ts'
import { CREATE_RECOUNTED, RECOUNTED, recountSql } from './recount-sql.ts'
import { filesToSample, sampleVideos } from './sample-videos.ts'

const RANGES_MAX = 256

export class DuckdbEngine implements RecountEngine {
  readonly bytesTogetherMax: number
  readonly #database: Database
  readonly #rawFiles: RawFiles

  constructor(database: Database, rawFiles: RawFiles) {
    this.bytesTogetherMax = database.memoryBytes / MEMORY_PER_FILE_BYTE
    this.#database = database
    this.#rawFiles = rawFiles
  }

  async count(task: RecountTask, signal: AbortSignal): Promise<RecountedHours> {
    const { files, relist, checked } = task
    const connection = await this.#database.connect()
    const close = async () => connection.closeSync()
    try {
      const use = (paths: readonly string[], found: readonly RawFile[]) =>
        this.#fill(connection, paths, found, task, signal)
      await this.#rawFiles.read(files, relist, use, { checked, signal })
      return { buckets: readRecounted(connection, RECOUNTED), [Symbol.asyncDispose]: close }
    } catch (error) {
      await close()
      throw error
    }
  }

  async #fill(
    connection: DuckDBConnection,
    paths: readonly string[],
    files: readonly RawFile[],
    task: RecountTask,
    signal: AbortSignal,
  ): Promise<void> {
    const { hours, range } = task
    await connection.run(`DROP TABLE IF EXISTS ${RECOUNTED}`)
    await connection.run(CREATE_RECOUNTED)
    for (const part of await rangesOf(connection, paths, files, hours, range, this.bytesTogetherMax)) {
      signal.throwIfAborted()
      await connection.run(recountSql(paths, hours, task, part))
    }
  }
}

/** Cuts a range into parts of at most some `rangeBytes` of Parquet. */
async function rangesOf(
  connection: DuckDBConnection,
  paths: readonly string[],
  files: readonly RawFile[],
  hours: readonly number[],
  range: SeriesRange = ALL_SERIES,
  rangeBytes: number,
): Promise<readonly SeriesRange[]> {
  const bytes = bytesOf(files)
  if (bytes <= rangeBytes) return [range]
  const chosen = new Set(filesToSample(files))
  const sampled = paths.filter((_, i) => chosen.has(files[i]!))
  const sample = await sampleVideos(connection, sampled, hours)
  const within = sample.filter((video) => isInRange(range, video))
  const parts = Math.ceil((bytes * within.length) / (sample.length * rangeBytes))
  return cutAt(range, keysThatCut(within, Math.min(parts, RANGES_MAX)))
}
