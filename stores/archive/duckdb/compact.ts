// Merges many small files into a few large ones. The small files are removed only when the merged file is durable and
// was checked to hold every row. After a kill in between both are there, which does not affect a recount.
import { createHash } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import { MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { EACH_ONCE, FILE_COLUMNS, ROW_COLUMNS } from './columns.ts'
import { type Database, numberOf, relation } from './database.ts'
import { dayFileKey, hourFileKey, hoursOf, maskOf, type RawFile } from './layout.ts'
import { type Draft, discard, draftQuery } from './write-files.ts'

/** So many small files are always merged. */
const SMALL_BYTES = 8 * 2 ** 20
const MERGED_BYTES_MAX = 256 * 2 ** 20
/** Files in one step, however small: each is opened. */
const MERGED_FILES_MAX = 512

/** Bytes of Parquet that can be merged within the memory limit. */
export function mergedBytesMax(memoryBytes: number): number {
  return Math.min(MERGED_BYTES_MAX, memoryBytes / 2)
}

/** Files that are merged into one. */
export type Merger = {
  readonly start: number
  readonly wholeDay: boolean
  readonly files: readonly RawFile[]
}

/** What to merge: files of a day once the whole day is before `beforeMinute`, files of an hour until then. */
export function mergersOf(files: readonly RawFile[], beforeMinute: number, bytesMax: number): Merger[] {
  const mergers: Merger[] = []
  for (const [day, ofDay] of Map.groupBy(files, (file) => file.day)) {
    if (day + MINUTES_PER_DAY <= beforeMinute) {
      for (const group of groupsOf(ofDay, bytesMax))
        mergers.push({ start: day, wholeDay: true, files: group })
      continue
    }
    const single = ofDay.filter((file) => hoursOf(file).length === 1 && hoursOf(file)[0]! < beforeMinute)
    for (const [hour, ofHour] of Map.groupBy(single, (file) => hoursOf(file)[0]!)) {
      for (const group of groupsOf(ofHour, bytesMax))
        mergers.push({ start: hour, wholeDay: false, files: group })
    }
  }
  return mergers
}

/** Writes the rows of some files to one temporary file, each row once. */
export async function draftMerged(
  database: Database,
  connection: DuckDBConnection,
  { start, wholeDay }: Merger,
  paths: readonly string[],
  files: readonly RawFile[],
): Promise<Draft> {
  const mask = maskOf(files.flatMap(hoursOf))
  const stem = `merged-${createHash('sha256')
    .update(files.map(({ key }) => key).join())
    .digest('hex')
    .slice(0, 16)}`
  const rows = `SELECT ${FILE_COLUMNS} FROM ${relation(paths)} ${EACH_ONCE}`
  const draft = await draftQuery(database, connection, rows, (checksum) =>
    wholeDay ? dayFileKey(start, stem, mask, checksum) : hourFileKey(start, stem, checksum),
  )
  try {
    await checkMerged(connection, paths, draft)
    return draft
  } catch (error) {
    await discard([draft])
    throw error
  }
}

/** Checks that the merged file holds every row before anything is removed. */
async function checkMerged(
  connection: DuckDBConnection,
  paths: readonly string[],
  draft: Draft,
): Promise<void> {
  const [old, merged] = [paths, [draft.path]].map((some) => `SELECT ${ROW_COLUMNS} FROM ${relation(some)}`)
  const lacking = await numberOf(connection, `SELECT count(*) FROM (${old} EXCEPT ${merged})`)
  if (lacking > 0) throw new Error(`${draft.key} lacks ${lacking} rows of the files that it should replace.`)
}

/** From small to large, so that a large file is rewritten only together with others of the same total size. */
function groupsOf(files: readonly RawFile[], bytesMax: number): RawFile[][] {
  const groups: RawFile[][] = []
  let group: RawFile[] = []
  let bytes = 0
  for (const file of files.toSorted((a, b) => a.bytes - b.bytes)) {
    const isFull = group.length === MERGED_FILES_MAX || bytes + file.bytes > bytesMax
    if (isFull || file.bytes > Math.max(SMALL_BYTES, bytes)) {
      groups.push(group)
      group = []
      bytes = 0
    }
    group.push(file)
    bytes += file.bytes
  }
  groups.push(group)
  return groups.filter(({ length }) => length > 1)
}
