// Hours rolled up by attributes, which outlive their raw events. A new file is durable before the one that it replaces
// is removed; one process at a time may write.
import { rm } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { Slots } from '../../../lib/slots.ts'
import { dayOf, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { ObjectMissing, type ObjectStore } from '../../objects/objects.ts'
import type { HoursToRollUp } from '../breakdowns.ts'
import { FILE_FORMAT } from './columns.ts'
import { type Database, literal, numberOf } from './database.ts'
import {
  areMerged,
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
} from './dimension-files.ts'
import {
  chooseSql,
  filesSql,
  joinedSql,
  keptRows,
  keptSql,
  LIST_SERIES,
  NUMBER_BY_PLACE,
  type OpenFile,
  type Rows,
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
import type { SetAside } from './set-aside.ts'
import { checksumOf } from './write-files.ts'

const DAYS_LISTED_MAX = 16
/** How often files may be replaced while they are read. */
const ATTEMPTS_MAX = 10

/** The numbers of rows in order take less space, and less time to write, in the later version. */
const FORMAT = `${FILE_FORMAT}, PARQUET_VERSION v2`

type OpenDimensionFile = CurrentFile & OpenFile

type Run = (sql: string) => Promise<unknown>

export class DimensionRollups {
  readonly #database: Database
  readonly #objects: ObjectStore
  readonly #setAside: SetAside

  constructor(database: Database, objects: ObjectStore, setAside: SetAside) {
    this.#database = database
    this.#objects = objects
    this.#setAside = setAside
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
    return this.#database.use(async (connection) => {
      let shares = 1
      let read: ReadonlyMap<number, string> = new Map()
      const list = () => rawFiles.ofHours(hours)
      await rawFiles.read(await list(), list, async (paths, files) => {
        const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
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
      if (whole.length === 0) return whole
      // One file is uploaded while the rows of the next are grouped.
      const turns = new Slots(1)
      const run: Run = (sql) => turns.use(() => connection.run(sql))
      await inParallel(Array.from(dimensions.entries()), ([i, by]) =>
        this.#join(run, shares === 1 ? rolledUpRows(i, valuesMax) : keptRows(i), by, whole, marks),
      )
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
        if (!(error instanceof ObjectMissing) || attempt >= ATTEMPTS_MAX) throw error
      }
    }
  }

  async removeVideo(tenant: string, videoId: string, beforeMinute: number): Promise<void> {
    const removed = videoSql(tenant, videoId, beforeMinute)
    const { current, outdated } = currentFiles(dimensionFiles(await this.#objects.list(DIMENSIONS_PREFIX)))
    await this.#remove(outdated) // the video may be in them, too
    for (const file of current) {
      await this.#opened([file], async ([sound], damaged) => {
        await this.#putAside(damaged)
        if (sound === undefined) return
        await this.#database.use(async (connection) => {
          const rows = `SELECT count(*) FROM read_parquet(${literal(sound.path)}) WHERE ${removed}`
          if ((await numberOf(connection, rows)) === 0) return
          await this.#write((sql) => connection.run(sql), file, file.hours, withoutSql(sound, removed))
        })
      })
    }
  }

  async drop(beforeMinute: number): Promise<void> {
    const files = dimensionFiles(await this.#objects.list(DIMENSIONS_PREFIX))
    await this.#remove(files.filter(({ day }) => day + MINUTES_PER_DAY <= beforeMinute))
  }

  /** Writes hours that were rolled up, and with them the other files of their day where these are merged. */
  async #join(
    run: Run,
    rows: Rows,
    by: string,
    hours: readonly number[],
    marks: ReadonlyMap<number, string>,
  ): Promise<void> {
    const day = dayOf(hours[0]!)
    const files = await this.files(by, day, day + 1)
    await this.#opened(areMerged(files, hours) ? files : [], async (before, damaged) => {
      await this.#putAside(damaged)
      const all = Array.from(new Set([...hours, ...before.flatMap((file) => file.hours)]))
      const ofBefore = await inParallel(before, (file) => this.#marksOf(file))
      const fresh = new Set(hours)
      const others = ofBefore.flat().filter(([hour]) => !fresh.has(hour))
      await this.#write(run, { by, day }, all, joinedSql(rows, hours, before), new Map([...others, ...marks]))
    })
  }

  /** Writes a file that counts for these hours from then on. */
  async #write(
    run: Run,
    { by, day }: Pick<DimensionFile, 'by' | 'day'>,
    hours: readonly number[],
    rows: string,
    marks: ReadonlyMap<number, string> = new Map(),
  ): Promise<void> {
    const list = async () => dimensionFiles(await this.#objects.list(dimensionDayPrefix(by, day)))
    const draft = this.#database.draftPath()
    try {
      await run(`COPY (${rows}) TO ${literal(draft)} (${FORMAT})`)
      const version = Math.max(0, ...(await list()).map((file) => file.version)) + 1
      const checksum = await checksumOf(draft)
      const key = dimensionFileKey({ by, day, version, mask: maskOf(hours), checksum })
      await this.#objects.upload(key, draft)
      if (marks.size > 0) await this.#objects.write(marksKey({ key }), encodeMarks(marks))
      await this.#remove(currentFiles(await list()).outdated)
    } finally {
      await rm(draft, { force: true })
    }
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

  /** What is damaged does not count any more: its hours are not rolled up. */
  async #putAside(damaged: readonly OpenDimensionFile[]): Promise<void> {
    for (const file of damaged)
      await this.#setAside.add(file, file.path, 'Its bytes do not match the checksum in its name.')
  }

  /** Runs `use` on files, of which some may be damaged. */
  async #opened<T>(
    files: readonly CurrentFile[],
    use: (sound: readonly OpenDimensionFile[], damaged: readonly OpenDimensionFile[]) => Promise<T>,
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
      return await use(
        opened.filter((_, i) => isSound[i]),
        opened.filter((_, i) => !isSound[i]),
      )
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
