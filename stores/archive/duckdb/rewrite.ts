// Finds rows in raw files and replaces these files by others without the rows, or without their viewers. A new file
// is durable before the old one is removed.
import type { ObjectStore } from '../../objects/objects.ts'
import { FILE_COLUMNS, HOUR } from './columns.ts'
import { type Database, relation } from './database.ts'
import { hoursOf, type RawFile, successorKey } from './layout.ts'
import type { RawFiles } from './raw-files.ts'
import { type Draft, discard, draftQuery } from './write-files.ts'

/** Files that are searched in one query. */
const FILES_SEARCHED = 256

type Found = { readonly file: RawFile; readonly hour: number; readonly rows: number }

type NewContent = {
  /** The expressions for the new rows. */
  readonly columns?: string
  /** Which rows stay. */
  readonly where?: string
  /** Which hours of the file stay. */
  readonly hours?: readonly number[]
}

export class Rewriter {
  readonly #database: Database
  readonly #objects: ObjectStore
  readonly #rawFiles: RawFiles

  constructor(database: Database, objects: ObjectStore, rawFiles: RawFiles) {
    this.#database = database
    this.#objects = objects
    this.#rawFiles = rawFiles
  }

  /** How many rows a condition names, by file and hour. Names of videos cost little: files are sorted by them. */
  async search(condition: string): Promise<readonly Found[]> {
    const files = await this.#rawFiles.all()
    const found: Found[] = []
    for (let from = 0; from < files.length; from += FILES_SEARCHED) {
      found.push(...(await this.#searchSome(files.slice(from, from + FILES_SEARCHED), condition)))
    }
    return found
  }

  /** A file that is gone or damaged by now is skipped. */
  async rewrite(file: RawFile, content: NewContent): Promise<void> {
    const { columns = FILE_COLUMNS, where = 'true', hours = hoursOf(file) } = content
    await this.#rawFiles.read([file], this.#still([file]), async (paths, [there]) => {
      if (there === undefined) return
      const query = `SELECT ${columns} FROM ${relation(paths)} WHERE ${where}`
      const draft = await this.#database.use((connection) =>
        draftQuery(this.#database, connection, query, (checksum) => successorKey(file, hours, checksum)),
      )
      await this.replace([file], draft)
    })
  }

  async replace(files: readonly RawFile[], draft: Draft): Promise<void> {
    try {
      await this.#objects.upload(draft.key, draft.path)
    } finally {
      await discard([draft])
    }
    await this.#objects.remove(files.map(({ key }) => key).filter((key) => key !== draft.key))
  }

  async #searchSome(files: readonly RawFile[], condition: string): Promise<Found[]> {
    const query = async (paths: readonly string[], read: readonly RawFile[]) => {
      const sql = `SELECT filename, ${HOUR}, count(*) FROM ${relation(paths)} WHERE ${condition} GROUP BY ALL`
      const reader = await this.#database.use((connection) => connection.runAndReadAll(sql))
      return reader.getRows().map(([path, hour, rows]) => {
        return { file: read[paths.indexOf(String(path))]!, hour: Number(hour), rows: Number(rows) }
      })
    }
    return this.#rawFiles.read(files, this.#still(files), query, { trusted: true })
  }

  #still(files: readonly RawFile[]): () => Promise<readonly RawFile[]> {
    return () => this.#rawFiles.still(files)
  }
}
