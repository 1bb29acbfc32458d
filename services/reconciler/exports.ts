// Makes a file of raw events or of counts, hands it out, and removes it. Files are made one after the other: each may
// take all the memory that an export is given.
import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ArchiveKeeper } from '../ports/archive.ts'
import type { Resolution } from '../ports/counts.ts'
import { COUNT_COLUMNS, type CountsToExport, countLines } from './export-counts.ts'

export type ExportFormat = 'parquet' | 'csv'

export type ExportDeps = {
  readonly archive: Pick<ArchiveKeeper, 'exportRaw'>
  /** As they stand when an export begins. */
  readonly counts: () => Promise<CountsToExport>
  readonly csvToParquet: (
    csv: string,
    parquet: string,
    columns: Readonly<Record<string, string>>,
  ) => Promise<void>
  /** Of this process alone: emptied at the beginning. */
  readonly scratchDirectory: string
}

/** Files that are there at once, be they made or handed out. */
export const EXPORTS_MAX = 4

export class Exports {
  readonly #deps: ExportDeps
  #files = 0
  #turn: Promise<unknown>

  constructor(deps: ExportDeps) {
    this.#deps = deps
    this.#turn = rm(deps.scratchDirectory, { recursive: true, force: true })
    this.#turn.catch(() => {})
  }

  /** Of [from, to) minutes, in order of time. Null where there are too many already, as `counts` gives. */
  raw(from: number, to: number, format: ExportFormat): Promise<Readable | null> {
    return this.#made(format, async (path) => {
      await this.#deps.archive.exportRaw(from, to, format, path)
      return path
    })
  }

  /** Of the periods that begin in [from, to) minutes, aligned to the resolution. */
  counts(resolution: Resolution, from: number, to: number, format: ExportFormat): Promise<Readable | null> {
    return this.#made('csv', async (path) => {
      const lines = countLines(await this.#deps.counts(), resolution, from, to)
      await pipeline(Readable.from(joined(lines)), createWriteStream(path))
      if (format === 'csv') return path
      await this.#deps.csvToParquet(path, `${path}.parquet`, COUNT_COLUMNS)
      return `${path}.parquet`
    })
  }

  async #made(extension: string, make: (path: string) => Promise<string>): Promise<Readable | null> {
    if (this.#files >= EXPORTS_MAX) return null
    this.#files++
    const scratch = join(this.#deps.scratchDirectory, randomUUID())
    const end = async () => {
      this.#files--
      await rm(scratch, { recursive: true, force: true })
    }
    const made = this.#turn.then(async () => {
      await mkdir(scratch, { recursive: true })
      return make(join(scratch, `export.${extension}`))
    })
    this.#turn = made.catch(() => {})
    try {
      const file = createReadStream(await made)
      file.once('close', () => void end())
      return file
    } catch (error) {
      await end()
      throw error
    }
  }
}

async function* joined(lots: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  for await (const lot of lots) yield lot.join('')
}
