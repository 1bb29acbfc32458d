// Samples the events of some files, to know where to cut their series into ranges of about the same size.

import type { DuckDBConnection } from '@duckdb/node-api'
import { bytesOf } from '../../../lib/byte-units.ts'
import type { VideoName } from '../../../model/bucket.ts'
import type { RawFile } from './layout.ts'
import { sampleSql } from './recount-sql.ts'

const ROWS = 16_384
/** So much is read of files that are larger together, a few whole ones: each holds events of all series. */
const READ_BYTES_MAX = 64 * 2 ** 20
const FILES_MAX = 64

/** The video of each sampled event, in no order. */
export async function sampleVideos(
  connection: DuckDBConnection,
  paths: readonly string[],
  hours: readonly number[],
): Promise<readonly VideoName[]> {
  const reader = await connection.runAndReadAll(sampleSql(paths, hours, ROWS))
  return reader.getRows().map(([tenant, videoId]) => ({ tenant: String(tenant), videoId: String(videoId) }))
}

/** The files to sample: evenly spread over all, at least one if there is one. */
export function filesToSample(files: readonly RawFile[]): readonly RawFile[] {
  const bytes = bytesOf(files)
  const most = Math.min(FILES_MAX, Math.floor((files.length * READ_BYTES_MAX) / Math.max(1, bytes)))
  const step = Math.max(1, files.length / Math.max(1, most))
  return files.filter((_, i) => i === 0 || Math.floor(i / step) > Math.floor((i - 1) / step))
}
