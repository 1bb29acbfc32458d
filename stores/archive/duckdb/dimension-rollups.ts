// Hours rolled up by attributes, which outlive their raw events. A new file is durable before the one that it replaces
// is removed; one process at a time may write.
import { rm } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { dayOf, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { type ObjectInfo, ObjectMissing, type ObjectStore } from '../../objects/objects.ts'
import type { HoursToRollUp } from '../breakdowns.ts'
import { FILE_FORMAT } from './columns.ts'
import { type Database, literal, numberOf } from './database.ts'
import {
  DIMENSIONS_PREFIX,
  type DimensionFile,
  dimensionDayPrefix,
  dimensionFileKey,
  dimensionFiles,
  dimensionPrefix,
  newestFiles,
  type SettledNote,
  settledNoteKey,
  settledNotes,
} from './dimension-files.ts'
import {
  chooseSql,
  joinedSql,
  keptSql,
  readKeptSql,
  rolledUpSql,
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
const NOTHING = new Uint8Array(0)
/** How often files may be replaced while they are read. */
const ATTEMPTS_MAX = 10

export class DimensionRollups {
  readonly #database: Database
  readonly #objects: ObjectStore
  readonly #setAside: SetAside

  constructor(database: Database, objects: ObjectStore, setAside: SetAside) {
    this.#database = database
    this.#objects = objects
    this.#setAside = setAside
  }

  /** Rolls hours of one day up, anew if they were before. `hours` are in order. Returns the marks of what was read. */
  async rollUp(rawFiles: RawFiles, what: HoursToRollUp): Promise<ReadonlyMap<number, string>> {
    const { hours, dimensions, valuesMax } = what
    const shareBytes = this.#database.memoryBytes / MEMORY_PER_FILE_BYTE
    return this.#database.use(async (connection) => {
      let shares = 1
      let marks: ReadonlyMap<number, string> = new Map()
      const list = () => rawFiles.ofHours(hours)
      await rawFiles.read(await list(), list, async (paths, files) => {
        const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
        shares = Math.max(1, Math.ceil(bytes / shareBytes))
        marks = marksOf(files)
        for (let part = 0; part < shares; part++) {
          const share = { part, of: shares }
          await connection.run(chooseSql(paths, hours, what, share))
          if (shares > 1)
            for (const i of dimensions.keys()) await connection.run(keptSql(i, valuesMax, share))
        }
      })
      for (const [i, by] of dimensions.entries()) {
        const rows = shares === 1 ? rolledUpSql(i, valuesMax) : readKeptSql(i)
        await this.#join(connection, rows, by, hours)
      }
      return marks
    })
  }

  /** Notes which raw files the hours were rolled up from, by each of the attributes. */
  async noteSettled(dimensions: readonly string[], marks: ReadonlyMap<number, string>): Promise<void> {
    if (marks.size === 0) return
    for (const by of dimensions) {
      const hours = Array.from(marks.keys())
      const before = await this.settledNotes(by, Math.min(...hours), Math.max(...hours) + 1)
      const keys = Array.from(marks, ([hour, mark]) => settledNoteKey(by, hour, mark))
      await inParallel(keys, (key) => this.#objects.write(key, NOTHING))
      const old = before.filter(({ key, hour }) => marks.has(hour) && !keys.includes(key))
      await this.#objects.remove(old.map(({ key }) => key))
    }
  }

  /** The notes of hours that begin in [from, to), by an attribute. */
  async settledNotes(by: string, from: number, to: number): Promise<readonly SettledNote[]> {
    const notes = settledNotes(await this.#listed(by, from, to))
    return notes.filter(({ hour }) => hour >= from && hour < to)
  }

  /** The newest files that may hold hours of [from, to) minutes by an attribute. */
  async files(by: string, from: number, to: number): Promise<readonly DimensionFile[]> {
    return newestFiles(dimensionFiles(await this.#listed(by, from, to))).filter(
      ({ day }) => day < to && day + MINUTES_PER_DAY > from,
    )
  }

  /** All objects of the days of [from, to), or more. */
  async #listed(by: string, from: number, to: number): Promise<ObjectInfo[]> {
    const days: number[] = []
    for (let day = dayOf(from); day < to && days.length <= DAYS_LISTED_MAX; day += MINUTES_PER_DAY)
      days.push(day)
    const prefixes = days.map((day) => dimensionDayPrefix(by, day))
    const listed = await inParallel(
      days.length > DAYS_LISTED_MAX ? [dimensionPrefix(by)] : prefixes,
      (prefix) => this.#objects.list(prefix),
    )
    return listed.flat()
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
          await this.#replace(connection, file, file.mask, withoutSql(path, removed))
        })
      })
    }
  }

  async drop(beforeMinute: number): Promise<void> {
    const all = await this.#objects.list(DIMENSIONS_PREFIX)
    const ofDays = [
      ...settledNotes(all).map(({ key, hour }) => ({ key, day: dayOf(hour) })), // before the files that they are about
      ...dimensionFiles(all),
    ]
    const old = ofDays.filter(({ day }) => day + MINUTES_PER_DAY <= beforeMinute)
    await this.#objects.remove(old.map(({ key }) => key))
  }

  /** Puts what was rolled up into the file of its day. */
  async #join(
    connection: DuckDBConnection,
    rows: string,
    by: string,
    hours: readonly number[],
  ): Promise<void> {
    const day = dayOf(hours[0]!)
    const mask = maskOf(hours)
    const [before] = await this.files(by, day, day + 1)
    const isSound = await this.#ifSound(before, (file, path) =>
      this.#replace(connection, file, file.mask | mask, joinedSql(rows, path, hours)),
    )
    if (isSound) return
    const none = { by, day, version: before?.version ?? 0 }
    await this.#replace(connection, none, mask, joinedSql(rows, null, hours))
  }

  async #replace(
    connection: DuckDBConnection,
    { by, day, version }: Pick<DimensionFile, 'by' | 'day' | 'version'>,
    mask: number,
    rows: string,
  ): Promise<void> {
    const draft = this.#database.draftPath()
    try {
      await connection.run(`COPY (${rows}) TO ${literal(draft)} (${FILE_FORMAT})`)
      const key = dimensionFileKey({ by, day, version: version + 1, mask, checksum: await checksumOf(draft) })
      await this.#objects.upload(key, draft)
      const ofDay = dimensionFiles(await this.#objects.list(dimensionDayPrefix(by, day)))
      await this.#objects.remove(ofDay.filter((file) => file.key !== key).map((file) => file.key))
    } finally {
      await rm(draft, { force: true })
    }
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
