// Raw events by range as one file for others to read.
import { rename, rm } from 'node:fs/promises'
import { MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import { PROBE_SERIES } from '../../../model/probe.ts'
import { EACH_ONCE, FILE_COLUMNS } from './columns.ts'
import { type Database, literal, numberOf, relation } from './database.ts'
import { hoursOf } from './layout.ts'
import type { RawFiles } from './raw-files.ts'

const IS_PROBE = `type = ${literal(PROBE_SERIES.type)} AND video_id = ${literal(PROBE_SERIES.videoId)}`
const FORMATS = { parquet: 'FORMAT parquet, COMPRESSION zstd', csv: 'FORMAT csv, HEADER' }

/** What users sent in [from, to) minutes, in order of time; written aside and renamed. Returns the rows. */
export async function exportRaw(
  database: Database,
  rawFiles: RawFiles,
  from: number,
  to: number,
  format: keyof typeof FORMATS,
  path: string,
): Promise<number> {
  const list = async () => {
    const files = await rawFiles.all()
    return files.filter((file) => hoursOf(file).some((hour) => hour < to && hour + MINUTES_PER_HOUR > from))
  }
  const draft = `${path}.new`
  const copy = (paths: readonly string[]) => `COPY (
    SELECT ${FILE_COLUMNS} FROM ${relation(paths)}
    WHERE minute >= ${from} AND minute < ${to} AND NOT (${IS_PROBE}) ${EACH_ONCE}
    ORDER BY time_ms, tenant, video_id, id, source, log_offset, log_index
  ) TO ${literal(draft)} (${FORMATS[format]})`
  try {
    const rows = await rawFiles.read(await list(), list, (paths) =>
      database.use((connection) => numberOf(connection, copy(paths))),
    )
    await rename(draft, path)
    return rows
  } finally {
    await rm(draft, { force: true })
  }
}
