// Samples the events of some files, to know where to cut their series into ranges of about the same size.
import type { DuckDBConnection } from '@duckdb/node-api'
import type { VideoKey } from '../../../model/series-range.ts'
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
  files: readonly RawFile[],
  hours: readonly number[],
): Promise<readonly VideoKey[]> {
  const reader = await connection.runAndReadAll(sampleSql(chosen(paths, files), hours, ROWS))
  return reader.getRows().map(([tenant, videoId]) => ({ tenant: String(tenant), videoId: String(videoId) }))
}

/** Evenly spread over all files, at least one. */
function chosen(paths: readonly string[], files: readonly RawFile[]): readonly string[] {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const most = Math.min(FILES_MAX, Math.floor((paths.length * READ_BYTES_MAX) / Math.max(1, bytes)))
  const step = Math.max(1, paths.length / Math.max(1, most))
  return paths.filter((_, i) => i === 0 || Math.floor(i / step) > Math.floor((i - 1) / step))
}
