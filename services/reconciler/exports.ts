// Makes a file of raw events or of counts, hands it out, and removes it. One at a time: each may take all the memory
// that an export is given.
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
  /** Of this process alone: emptied at the first export. */
  readonly scratchDirectory: string
}

export class Exports {
  readonly #deps: ExportDeps
  #isBusy = false
  #prepared: Promise<unknown> | null = null

  constructor(deps: ExportDeps) {
    this.#deps = deps
  }

  get isBusy(): boolean {
    return this.#isBusy
  }

  /** Of [from, to) minutes, in order of time. Null where another export is under way, as `counts` gives. */
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
    if (this.#isBusy) return null
    this.#isBusy = true
    const directory = this.#deps.scratchDirectory
    const scratch = join(directory, randomUUID())
    const end = async () => {
      await rm(scratch, { recursive: true, force: true })
      this.#isBusy = false
    }
    try {
      this.#prepared ??= rm(directory, { recursive: true, force: true })
      await this.#prepared
      await mkdir(scratch, { recursive: true })
      const file = createReadStream(await make(join(scratch, `export.${extension}`)))
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
