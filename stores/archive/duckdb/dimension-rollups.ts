// Hours rolled up by attributes, which outlive their raw events. A new file is durable before the one that it replaces
// is removed; one process at a time may write.

import { rm } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { bytesOf } from '../../../lib/byte-units.ts'
import { Slots } from '../../../lib/slots.ts'
import { dayOf, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { ObjectMissing, type ObjectStore } from '../../objects/objects.ts'
import type { HoursToRollUp } from '../breakdowns.ts'
import { FILE_FORMAT } from './columns.ts'
import { type Database, literal, numberOf } from './database.ts'
import {
  type CurrentFile,
  currentFiles,
  DIMENSIONS_PREFIX,
  type DimensionFile,
  decodeMarks,
  dimensionDayPrefix,
  dimensionFileKey,
  dimensionFiles,
  dimensionPrefix,
  encodeMarks,
  marksKey,
  scattered,
} from './dimension-files.ts'
import {
  chooseSql,
  filesSql,
  hoursSql,
  keptRows,
  keptSql,
  LIST_SERIES,
  mergedSql,
  NUMBER_BY_PLACE,
  type OpenFile,
  rolledUpRows,
  SHARED_HASHES,
  videoSql,
  withoutSql,
} from './dimension-sql.ts'
import { inParallel } from './in-parallel.ts'
import { maskOf } from './layout.ts'
import { marksOf } from './mark.ts'
import type { RawFiles } from './raw-files.ts'
import { MEMORY_PER_FILE_BYTE } from './recount.ts'
import { stillThere } from './still-there.ts'
import { checksumOf } from './write-files.ts'

const DAYS_LISTED_MAX = 16
/** Before one that has begun: files of so many days are merged. */
const MERGED_DAYS = 7
/** How often files may be replaced while they are read. */
const ATTEMPTS_MAX = 10

/** The numbers of rows in order take less space, and less time to write, in the later version. */
const FORMAT = `${FILE_FORMAT}, PARQUET_VERSION v2`

type OpenDimensionFile = CurrentFile & OpenFile

type Run = (sql: string) => Promise<unknown>

export class DimensionRollups {
  readonly #database: Database
  readonly #objects: ObjectStore

  constructor(database: Database, objects: ObjectStore) {
    this.#database = database
    this.#objects = objects
  }

  /**
   * Rolls hours of one day up, anew if they were before. `hours` are in order. Returns those of which nothing is
   * missing, as `lost` says after raw files were read.
   */
  async rollUp(
    rawFiles: RawFiles,
    what: HoursToRollUp,
    lost: () => Promise<readonly number[]>,
  ): Promise<readonly number[]> {
    const { hours, dimensions, valuesMax } = what
    const shareBytes = this.#database.memoryBytes / MEMORY_PER_FILE_BYTE
    const day = dayOf(hours[0]!)
    // Before raw files are read: whoever has written since may have read later ones.
    const known = new Map(
      await inParallel(dimensions, async (by) => [by, lastVersion(await this.#list(by, day))] as const),
    )
    return this.#database.use(async (connection) => {
      let shares = 1
      let read: ReadonlyMap<number, string> = new Map()
      const list = () => rawFiles.ofHours(hours)
      await rawFiles.read(await list(), list, async (paths, files) => {
        const bytes = bytesOf(files)
        shares = Math.max(1, Math.ceil(bytes / shareBytes))
        read = marksOf(files)
        for (let part = 0; part < shares; part++) {
          const share = { part, of: shares }
          await chooseEvents(connection, chooseSql(paths, hours, what, share))
          if (shares > 1)
            for (const i of dimensions.keys()) await connection.run(keptSql(i, valuesMax, share))
        }
      })
      const gone = new Set(await lost())
      const whole = hours.filter((hour) => !gone.has(hour))
      const marks = new Map(
        whole.flatMap((hour) => (read.has(hour) ? [[hour, read.get(hour)!] as const] : [])),
      )
      if (whole.length === 0 || dimensions.length === 0) return whole
      const turns = new Slots(1)
      const run: Run = (sql) => turns.use(() => connection.run(sql))
      const write = async (by: string) => {
        const i = dimensions.indexOf(by)
        const rows = hoursSql(shares === 1 ? rolledUpRows(i, valuesMax) : keptRows(i), whole)
        const place = { by, day, version: known.get(by)! + 1 }
        await this.#write(run, place, whole, rows, marks, () => this.#checkNewest(place, whole))
        await this.#merge(run, by, day)
      }
      // One file is uploaded while the rows of the next are grouped; what the last attribute has, all have.
      await inParallel(dimensions.slice(0, -1), write)
      await write(dimensions.at(-1)!)
      return whole
    })
  }

  /** By hour of [from, to) that is rolled up by an attribute, the mark of the raw files that it was made from. */
  async marks(by: string, from: number, to: number): Promise<ReadonlyMap<number, string>> {
    const ofFiles = await inParallel(await this.files(by, from, to), (file) => this.#marksOf(file))
    return new Map(ofFiles.flat().filter(([hour]) => hour >= from && hour < to))
  }

  /** The files that may hold hours of [from, to) minutes by an attribute. */
  async files(by: string, from: number, to: number): Promise<readonly CurrentFile[]> {
    const days: number[] = []
    for (let day = dayOf(from); day < to && days.length <= DAYS_LISTED_MAX; day += MINUTES_PER_DAY)
      days.push(day)
    const prefixes = days.map((day) => dimensionDayPrefix(by, day))
    const listed = await inParallel(
      days.length > DAYS_LISTED_MAX ? [dimensionPrefix(by)] : prefixes,
      (prefix) => this.#objects.list(prefix),
    )
    return currentFiles(dimensionFiles(listed.flat())).current.filter(
      ({ day }) => day < to && day + MINUTES_PER_DAY > from,
    )
  }

  /** Runs `use` on the rows of files that hold these hours. Returns those of the hours that no sound file holds. */
  async read(
    by: string,
    hours: readonly number[],
    use: (rows: string) => Promise<void>,
  ): Promise<readonly number[]> {
    if (hours.length === 0) return []
    const wanted = new Set(hours)
    for (let attempt = 1; ; attempt++) {
      const files = await this.files(by, hours[0]!, hours.at(-1)! + 1)
      const needed = files.filter((file) => file.hours.some((hour) => wanted.has(hour)))
      try {
        return await this.#opened(needed, async (sound) => {
          if (sound.length > 0) await use(filesSql(sound))
          const found = new Set(sound.flatMap((file) => file.hours))
          return hours.filter((hour) => !found.has(hour))
        })
      } catch (error) {
        const oneIsGone = async () => (await stillThere(this.#objects, needed)).length < needed.length
        const isGone = error instanceof ObjectMissing || (await oneIsGone())
        if (!isGone || attempt >= ATTEMPTS_MAX) throw error
      }
    }
  }

  async removeVideo(tenant: string, videoId: string, beforeMinute: number): Promise<void> {
    const removed = videoSql(tenant, videoId, beforeMinute)
    const listed = dimensionFiles(await this.#objects.list(DIMENSIONS_PREFIX))
    const { current, outdated } = currentFiles(listed)
    await this.#remove(outdated) // the video may be in them, too
    for (const file of current) {
      const { by, day, key } = file
      const ofDay = await this.#list(by, day)
      const still = currentFiles(ofDay).current.find((one) => one.key === key)
      if (still === undefined) throw newerThere(by)
      const { hours } = still
      const place = { by, day, version: lastVersion(ofDay) + 1 }
      await this.#opened([still], async ([sound]) => {
        if (sound === undefined) return
        await this.#database.use(async (connection) => {
          const rows = `SELECT count(*) FROM read_parquet(${literal(sound.path)}) WHERE ${removed}`
          if ((await numberOf(connection, rows)) === 0) return
          const run: Run = (sql) => connection.run(sql)
          const check = () => this.#checkNewest(place, hours)
          await this.#write(run, place, hours, withoutSql(sound, removed), new Map(), check)
        })
      })
    }
  }

  async drop(beforeMinute: number): Promise<void> {
    const files = dimensionFiles(await this.#objects.list(DIMENSIONS_PREFIX))
    await this.#remove(files.filter(({ day }) => day + MINUTES_PER_DAY <= beforeMinute))
  }

  /**
   * Merges the files of days that are over, where there are many, before a day that has begun. The new file has the
   * version of the newest of them: whatever another process writes meanwhile counts.
   */
  async #merge(run: Run, by: string, day: number): Promise<void> {
    const files = await this.files(by, day - MERGED_DAYS * MINUTES_PER_DAY, day)
    for (const [over, ofDay] of scattered(files)) {
      await this.#opened(ofDay, async (sound) => {
        if (sound.length < 2) return
        const marks = (await inParallel(sound, (file) => this.#marksOf(file))).flat()
        const hours = sound.flatMap((file) => file.hours)
        const place = { by, day: over, version: lastVersion(sound) }
        await this.#write(run, place, hours, mergedSql(sound), new Map(marks))
      })
    }
  }

  /** Writes a file of these hours. `check` is called at the last moment. */
  async #write(
    run: Run,
    place: Pick<DimensionFile, 'by' | 'day' | 'version'>,
    hours: readonly number[],
    rows: string,
    marks: ReadonlyMap<number, string>,
    check: () => Promise<void> = async () => {},
  ): Promise<void> {
    const draft = this.#database.draftPath()
    try {
      await run(`COPY (${rows}) TO ${literal(draft)} (${FORMAT})`)
      const key = dimensionFileKey({ ...place, mask: maskOf(hours), checksum: await checksumOf(draft) })
      await check()
      await this.#objects.upload(key, draft)
      if (marks.size > 0) await this.#objects.write(marksKey({ key }), encodeMarks(marks))
      await this.#remove(currentFiles(await this.#list(place.by, place.day)).outdated)
    } finally {
      await rm(draft, { force: true })
    }
  }

  /** Fails if there is a file of these hours that is as new as the one that is to be written. */
  async #checkNewest(
    { by, day, version }: Pick<DimensionFile, 'by' | 'day' | 'version'>,
    hours: readonly number[],
  ): Promise<void> {
    const mask = maskOf(hours)
    const files = await this.#list(by, day)
    if (files.some((file) => file.version >= version && (file.mask & mask) !== 0)) throw newerThere(by)
  }

  async #list(by: string, day: number): Promise<readonly DimensionFile[]> {
    return dimensionFiles(await this.#objects.list(dimensionDayPrefix(by, day)))
  }

  /** Of the hours that are read from a file. */
  async #marksOf(file: CurrentFile): Promise<readonly (readonly [hour: number, mark: string])[]> {
    const marks = decodeMarks(await this.#objects.read(marksKey(file)))
    return Array.from(marks).filter(([hour]) => file.hours.includes(hour))
  }

  /** With their marks. */
  async #remove(files: readonly DimensionFile[]): Promise<void> {
    await this.#objects.remove(files.flatMap((file) => [file.key, marksKey(file)]))
  }

  /** Runs `use` on those of the files that are sound. */
  async #opened<T>(
    files: readonly CurrentFile[],
    use: (sound: readonly OpenDimensionFile[]) => Promise<T>,
  ): Promise<T> {
    const opened: (OpenDimensionFile & { release(): Promise<void> })[] = []
    try {
      await inParallel(files, async (file) =>
        opened.push({ ...file, ...(await this.#objects.open(file.key)) }),
      )
      const isSound = await inParallel(
        opened,
        async ({ path, checksum }) => (await checksumOf(path)) === checksum,
      )
      return await use(opened.filter((_, i) => isSound[i]))
    } finally {
      for (const { release } of opened) await release()
    }
  }
}

/** Fills the tables `chosen`, as the SQL says, and `series`; tells hours of series apart that have one hash. */
export async function chooseEvents(connection: DuckDBConnection, chosen: string): Promise<void> {
  await connection.run(chosen)
  await connection.run(LIST_SERIES)
  if ((await numberOf(connection, SHARED_HASHES)) === 0) return
  for (const sql of NUMBER_BY_PLACE) await connection.run(sql)
}

/** To be tried again. */
function newerThere(by: string): Error {
  return new Error(`another process has written rollups by ${by} meanwhile`)
}

function lastVersion(files: readonly DimensionFile[]): number {
  return Math.max(0, ...files.map(({ version }) => version))
}
