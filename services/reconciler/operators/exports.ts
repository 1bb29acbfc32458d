// Makes a file of raw events or of counts, returns it, and removes it. Files are made one after the other: each may
// use all the memory for exports.
import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BYTE_ORDER_MARK } from '../../../lib/csv.ts'
import { Slots } from '../../../lib/slots.ts'
import type { ArchiveKeeper, InTime, RawExport } from '../../../stores/archive/archive.ts'
import type { Resolution } from '../../../stores/counts/counts.ts'
import { COUNT_COLUMNS, type CountsToExport, countLines } from './export-counts.ts'

export const COUNT_FORMATS = ['parquet', 'csv'] as const

/** The range [from, to) in minutes. */
export type ExportForm<Format> = {
  readonly from: number
  readonly to: number
  readonly format: Format
  /** For CSV: text that a spreadsheet would run as a formula gets an apostrophe before it. */
  readonly formulaGuard: boolean
  /** For CSV: begins with a byte order mark, which some spreadsheets need to recognise UTF-8. */
  readonly bom: boolean
}

export type ExportDeps = {
  readonly archive: Pick<ArchiveKeeper, 'exportRaw'>
  /** The window in which the stream counts events. */
  readonly inTime: InTime
  /** The counts as of the beginning of an export. */
  readonly counts: () => Promise<CountsToExport>
  readonly csvToParquet: (
    csv: string,
    parquet: string,
    columns: Readonly<Record<string, string>>,
  ) => Promise<void>
  /** Used by this process alone: emptied at the start. */
  readonly scratchDirectory: string
}

/** The most files that exist at once, in the making or in use. */
export const EXPORTS_MAX = 4

export class Exports {
  readonly #deps: ExportDeps
  #files = 0
  readonly #turns = new Slots(1)

  constructor(deps: ExportDeps) {
    this.#deps = deps
    const cleared = this.#turns.use(() => rm(deps.scratchDirectory, { recursive: true, force: true }))
    cleared.catch(() => {}) // what is left there does no harm: each export has a new name
  }

  /** In order of time. Null if there are too many files already, like `counts`. */
  raw({ bom, ...form }: ExportForm<RawExport['format']>): Promise<Readable | null> {
    return this.#made(form.format, bom, async (path) => {
      await this.#deps.archive.exportRaw({ ...form, ...this.#deps.inTime }, path)
      return path
    })
  }

  /** The counts of periods that begin in the range, aligned to the resolution. */
  counts(
    resolution: Resolution,
    { bom, ...form }: ExportForm<(typeof COUNT_FORMATS)[number]>,
  ): Promise<Readable | null> {
    const { from, to, format } = form
    return this.#made('csv', bom, async (path) => {
      const formulaGuard = format === 'csv' && form.formulaGuard
      const lines = countLines(await this.#deps.counts(), resolution, from, to, formulaGuard)
      await pipeline(Readable.from(joined(lines)), createWriteStream(path))
      if (format === 'csv') return path
      await this.#deps.csvToParquet(path, `${path}.parquet`, COUNT_COLUMNS)
      return `${path}.parquet`
    })
  }

  async #made(
    extension: string,
    bom: boolean,
    make: (path: string) => Promise<string>,
  ): Promise<Readable | null> {
    if (this.#files >= EXPORTS_MAX) return null
    this.#files++
    const scratch = join(this.#deps.scratchDirectory, randomUUID())
    const end = async () => {
      this.#files--
      await rm(scratch, { recursive: true, force: true })
    }
    const made = this.#turns.use(async () => {
      await mkdir(scratch, { recursive: true })
      return make(join(scratch, `export.${extension}`))
    })
    try {
      const file = createReadStream(await made)
      file.once('close', () => void end())
      if (!bom) return file
      const withMark = Readable.from(marked(file), { objectMode: false })
      return withMark.once('close', () => file.destroy())
    } catch (error) {
      await end()
      throw error
    }
  }
}

async function* joined(lots: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  for await (const lot of lots) yield lot.join('')
}

async function* marked(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from(BYTE_ORDER_MARK)
  yield* file
}
