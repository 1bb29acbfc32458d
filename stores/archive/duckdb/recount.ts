// Counts hours again from their raw files, a range of series at a time that fits into memory.

import type { DuckDBConnection, DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api'
import { dayOf } from '../../../model/bucket.ts'
import {
  ALL_SERIES,
  cutAt,
  isAllSeries,
  isInRange,
  keysThatCut,
  type SeriesRange,
} from '../../../model/series-range.ts'
import type { Aggregate } from '../../../model/total.ts'
import type { RecountedBucket, RecountQuestion } from '../archive.ts'
import type { Database } from './database.ts'
import { hoursOf, type RawFile } from './layout.ts'
import type { RawFiles } from './raw-files.ts'
import { CREATE_RECOUNTED, READ_RECOUNTED, recountSql } from './recount-sql.ts'
import { filesToSample, sampleVideos } from './sample-videos.ts'

/** How many bytes of memory a byte of Parquet takes while its rows are compared. */
export const MEMORY_PER_FILE_BYTE = 10
const RANGES_MAX = 256

/** Hours that are counted together, in order, and the files that may hold their events. */
export type Unit = { readonly hours: number[]; readonly files: RawFile[]; bytes: number }

/**
 * The files that were checked for the hours which were counted last: ranges of one hour are counted one after the
 * other, and each reads little of every file.
 */
export class CheckedFiles {
  #hours = ''
  #places = new Set<string>()

  of(hours: readonly number[]): Set<string> {
    if (this.#hours !== hours.join()) this.#places = new Set()
    this.#hours = hours.join()
    return this.#places
  }
}

/** @param onCounted called with hours before their buckets are yielded */
export async function* recount(
  database: Database,
  rawFiles: RawFiles,
  question: RecountQuestion,
  checkedFiles: CheckedFiles,
  onCounted: (hours: readonly number[]) => Promise<void>,
): AsyncGenerator<readonly RecountedBucket[]> {
  const hours = Array.from(new Set(question.hours)).sort((a, b) => a - b)
  const isPart = question.range !== undefined && !isAllSeries(question.range)
  const checked = isPart ? checkedFiles.of(hours) : new Set<string>()
  const rangeBytes = database.memoryBytes / MEMORY_PER_FILE_BYTE
  for (const unit of unitsOf(await rawFiles.ofHours(hours), hours, rangeBytes)) {
    const connection = await database.connect()
    try {
      await rawFiles.read(
        unit.files,
        () => rawFiles.ofHours(unit.hours),
        (paths, files) => fill(connection, paths, files, unit.hours, question, rangeBytes),
        { checked },
      )
      await onCounted(unit.hours)
      yield* readRecounted(connection)
    } finally {
      connection.closeSync()
    }
  }
}

/** Hours that share files stay together; small ones join up to `bytesMax`. Hours without files are left out. */
export function unitsOf(files: readonly RawFile[], hours: readonly number[], bytesMax: number): Unit[] {
  const units: Unit[] = []
  for (const atom of atomsOf(files, hours)) {
    const last = units.at(-1)
    if (last === undefined || last.bytes + atom.bytes > bytesMax) {
      units.push(atom)
    } else {
      last.hours.push(...atom.hours)
      last.files.push(...atom.files)
      last.bytes += atom.bytes
    }
  }
  return units
}

/** One hour each, or one day if a file holds several hours of it; in order of time. */
function atomsOf(files: readonly RawFile[], hours: readonly number[]): Unit[] {
  const days = new Set(files.filter((file) => hoursOf(file).length > 1).map(({ day }) => day))
  const startOf = (hour: number) => (days.has(dayOf(hour)) ? dayOf(hour) : hour)
  const atoms = new Map<number, Unit>()
  for (const hour of hours) {
    const atom = atoms.get(startOf(hour)) ?? { hours: [], files: [], bytes: 0 }
    atoms.set(startOf(hour), atom)
    atom.hours.push(hour)
  }
  for (const file of files) {
    const atom = atoms.get(startOf(hoursOf(file)[0]!))
    if (atom === undefined) continue
    atom.files.push(file)
    atom.bytes += file.bytes
  }
  return Array.from(atoms.values()).filter((atom) => atom.files.length > 0)
}

async function fill(
  connection: DuckDBConnection,
  paths: readonly string[],
  files: readonly RawFile[],
  hours: readonly number[],
  question: RecountQuestion,
  rangeBytes: number,
): Promise<void> {
  await connection.run('DROP TABLE IF EXISTS recounted')
  await connection.run(CREATE_RECOUNTED)
  for (const range of await rangesOf(connection, paths, files, hours, question.range, rangeBytes)) {
    await connection.run(recountSql(paths, hours, question, range))
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
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  if (bytes <= rangeBytes) return [range]
  const chosen = new Set(filesToSample(files))
  const sampled = paths.filter((_, i) => chosen.has(files[i]!))
  const sample = await sampleVideos(connection, sampled, hours)
  const within = sample.filter((video) => isInRange(range, video))
  const parts = Math.ceil((bytes * within.length) / (sample.length * rangeBytes))
  return cutAt(range, keysThatCut(within, Math.min(parts, RANGES_MAX)))
}

async function* readRecounted(connection: DuckDBConnection): AsyncGenerator<readonly RecountedBucket[]> {
  const result = await connection.stream(READ_RECOUNTED)
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return
    yield bucketsOf(chunk)
  }
}

/** Read by columns, which takes a third of the time of reading rows. */
function bucketsOf(chunk: DuckDBDataChunk): RecountedBucket[] {
  const columns = chunk.getColumns()
  const [tenant, videoId, type, minute] = columns as unknown as [string[], string[], string[], number[]]
  const all = aggregatesOf(columns.slice(4, 9))
  const onTime = aggregatesOf(columns.slice(9))
  return all.map((aggregate, i) => {
    const bucket = { tenant: tenant[i]!, videoId: videoId[i]!, type: type[i]!, minute: minute[i]! }
    return { bucket, all: aggregate, onTime: onTime[i]! }
  })
}

function aggregatesOf(columns: readonly (readonly DuckDBValue[])[]): Aggregate[] {
  const [count, values, sum, min, max] = columns as unknown as readonly (readonly (bigint | null)[])[]
  return count!.map((events, i) => ({
    count: Number(events),
    values: Number(values![i]),
    sum: sum![i] ?? 0n,
    min: numberOrNull(min![i]!),
    max: numberOrNull(max![i]!),
  }))
}

function numberOrNull(value: bigint | null): number | null {
  return value === null ? null : Number(value)
}
