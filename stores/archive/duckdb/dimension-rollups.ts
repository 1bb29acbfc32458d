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
  DIMENSIONS_PREFIX,
  type DimensionFile,
  decodeMarks,
  dimensionDayPrefix,
  dimensionFileKey,
  dimensionFiles,
  dimensionPrefix,
  encodeMarks,
  marksKey,
  newestFiles,
} from './dimension-files.ts'
import {
  chooseSql,
  joinedSql,
  keptRows,
  keptSql,
  LIST_SERIES,
  NUMBER_BY_PLACE,
  type Rows,
  rolledUpRows,
  SHARED_HASHES,
  videoSql,
  withoutSql,
} from './dimension-sql.ts'
import { inParallel } from './in-parallel.ts'
import { hoursOf, maskOf } from './layout.ts'
import { marksOf } from './mark.ts'
import type { RawFiles } from './raw-files.ts'
import { MEMORY_PER_FILE_BYTE } from './recount.ts'
import type { SetAside } from './set-aside.ts'
import { checksumOf } from './write-files.ts'

const DAYS_LISTED_MAX = 16
/** How often files may be replaced while they are read. */
const ATTEMPTS_MAX = 10

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
      // One file is uploaded while the rows of the next are grouped.
      const turns = new Slots(1)
      const run: Run = (sql) => turns.use(() => connection.run(sql))
      await inParallel(Array.from(dimensions.entries()), ([i, by]) =>
        this.#join(run, shares === 1 ? rolledUpRows(i, valuesMax) : keptRows(i), by, hours, marks),
      )
      return whole
    })
  }

  /** By hour of [from, to) that is rolled up by an attribute, the mark of the raw files that it was made from. */
  async marks(by: string, from: number, to: number): Promise<ReadonlyMap<number, string>> {
    const files = await this.files(by, from, to)
    const ofFiles = await inParallel(files, async (file) => {
      const held = new Set(hoursOf(file))
      const marks = decodeMarks(await this.#objects.read(marksKey(file)))
      return Array.from(marks).filter(([hour]) => held.has(hour) && hour >= from && hour < to)
    })
    return new Map(ofFiles.flat())
  }

  /** The newest files that may hold hours of [from, to) minutes by an attribute. */
  async files(by: string, from: number, to: number): Promise<readonly DimensionFile[]> {
    const days: number[] = []
    for (let day = dayOf(from); day < to && days.length <= DAYS_LISTED_MAX; day += MINUTES_PER_DAY)
      days.push(day)
    const prefixes = days.map((day) => dimensionDayPrefix(by, day))
    const listed = await inParallel(
      days.length > DAYS_LISTED_MAX ? [dimensionPrefix(by)] : prefixes,
      (prefix) => this.#objects.list(prefix),
    )
    return newestFiles(dimensionFiles(listed.flat())).filter(
      ({ day }) => day < to && day + MINUTES_PER_DAY > from,
    )
  }

  /** Runs `use` on the files that hold these hours. Returns those of the hours that no sound file holds. */
  async read(
    by: string,
    hours: readonly number[],
    use: (paths: readonly string[]) => Promise<void>,
  ): Promise<readonly number[]> {
    if (hours.length === 0) return []
    const wanted = new Set(hours)
    for (let attempt = 1; ; attempt++) {
      const files = await this.files(by, hours[0]!, hours.at(-1)! + 1)
      const needed = files.filter((file) => hoursOf(file).some((hour) => wanted.has(hour)))
      const opened: { readonly file: DimensionFile; readonly path: string; release(): Promise<void> }[] = []
      try {
        await inParallel(needed, async (file) =>
          opened.push({ file, ...(await this.#objects.open(file.key)) }),
        )
        const sound = await inParallel(
          opened,
          async ({ file, path }) => (await checksumOf(path)) === file.checksum,
        )
        const read = opened.filter((_, i) => sound[i])
        if (read.length > 0) await use(read.map(({ path }) => path))
        const found = new Set(read.flatMap(({ file }) => hoursOf(file)))
        return hours.filter((hour) => !found.has(hour))
      } catch (error) {
        if (!(error instanceof ObjectMissing) || attempt >= ATTEMPTS_MAX) throw error
      } finally {
        for (const { release } of opened) await release()
      }
    }
  }

  async removeVideo(tenant: string, videoId: string, beforeMinute: number): Promise<void> {
    const removed = videoSql(tenant, videoId, beforeMinute)
    for (const file of newestFiles(dimensionFiles(await this.#objects.list(DIMENSIONS_PREFIX)))) {
      await this.#ifSound(file, async (_, path) => {
        const rows = `SELECT count(*) FROM read_parquet(${literal(path)}) WHERE ${removed}`
        await this.#database.use(async (connection) => {
          if ((await numberOf(connection, rows)) === 0) return
          await this.#replace((sql) => connection.run(sql), file, file.mask, withoutSql(path, removed))
        })
      })
    }
  }

  async drop(beforeMinute: number): Promise<void> {
    const files = dimensionFiles(await this.#objects.list(DIMENSIONS_PREFIX))
    await this.#remove(files.filter(({ day }) => day + MINUTES_PER_DAY <= beforeMinute))
  }

  /** Puts what was rolled up into the file of its day. */
  async #join(
    run: Run,
    rows: Rows,
    by: string,
    hours: readonly number[],
    marks: ReadonlyMap<number, string>,
  ): Promise<void> {
    const day = dayOf(hours[0]!)
    const mask = maskOf(hours)
    const [before] = await this.files(by, day, day + 1)
    const isSound = await this.#ifSound(before, async (file, path) => {
      const others = Array.from(decodeMarks(await this.#objects.read(marksKey(file)))).filter(
        ([hour]) => !hours.includes(hour),
      )
      const all = new Map([...others, ...marks])
      await this.#replace(run, file, file.mask | mask, joinedSql(rows, path, hours), all)
    })
    if (isSound) return
    const none = { by, day, version: before?.version ?? 0 }
    await this.#replace(run, none, mask, joinedSql(rows, null, hours), marks)
  }

  async #replace(
    run: Run,
    { by, day, version }: Pick<DimensionFile, 'by' | 'day' | 'version'>,
    mask: number,
    rows: string,
    marks: ReadonlyMap<number, string> = new Map(),
  ): Promise<void> {
    const draft = this.#database.draftPath()
    try {
      await run(`COPY (${rows}) TO ${literal(draft)} (${FILE_FORMAT})`)
      const key = dimensionFileKey({ by, day, version: version + 1, mask, checksum: await checksumOf(draft) })
      await this.#objects.upload(key, draft)
      if (marks.size > 0) await this.#objects.write(marksKey({ key }), encodeMarks(marks))
      const ofDay = dimensionFiles(await this.#objects.list(dimensionDayPrefix(by, day)))
      await this.#remove(ofDay.filter((file) => file.version <= version))
    } finally {
      await rm(draft, { force: true })
    }
  }

  /** With their marks. */
  async #remove(files: readonly DimensionFile[]): Promise<void> {
    await this.#objects.remove(files.flatMap((file) => [file.key, marksKey(file)]))
  }

  /** A damaged file is set aside: its hours are not rolled up any more. Returns whether there is a sound one. */
  async #ifSound(
    file: DimensionFile | undefined,
    use: (file: DimensionFile, path: string) => Promise<void>,
  ): Promise<boolean> {
    if (file === undefined) return false
    const { path, release } = await this.#objects.open(file.key)
    try {
      const isSound = (await checksumOf(path)) === file.checksum
      if (isSound) await use(file, path)
      else await this.#setAside.add(file, path, 'Its bytes do not match the checksum in its name.')
      return isSound
    } finally {
      await release()
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
