// Writes the files of a backup, and the manifest last.
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { writeFileWhole } from '../../../lib/atomic-file.ts'
import { type BackupFile, type Manifest, manifestText } from '../../../stores/backup/manifest.ts'
import { partsOf } from '../../../stores/backup/parts.ts'
import { OWNER_ONLY, storeFile } from '../../../stores/backup/receive-backup.ts'
import { MANIFEST_PATH } from '../../../stores/disk/data-directory.ts'
import type { Entry } from '../../../stores/disk/database-copy.ts'
import type { TableName } from './contents.ts'

const PART_DIGITS = 8
const NO_KEY = new Uint8Array(0)

/** All calls fail with an error of the disk. */
export class BackupFolder {
  readonly #directory: string
  readonly #files = new Map<string, BackupFile>()

  constructor(directory: string) {
    this.#directory = directory
  }

  has(path: string): boolean {
    return this.#files.has(path)
  }

  async bytes(path: string, bytes: Uint8Array): Promise<void> {
    await this.#add({ path, bytes: bytes.length, content: inOnePiece(bytes) })
  }

  /** Returns the CRC-32 of the bytes. Where `from` goes while it is read, nothing is kept of it. */
  async copy(path: string, from: string, bytes: number, modifiedMs: number): Promise<number> {
    const content = new Whole(createReadStream(from), bytes, path)
    try {
      await this.#add({ path, bytes, content }, { modifiedMs })
      return content.checksum
    } catch (error) {
      await rm(join(this.#directory, path), { force: true })
      throw error
    }
  }

  /** Returns how many rows. */
  async table(
    name: TableName,
    lots: AsyncIterable<readonly unknown[]>,
    textOf: (row: unknown) => string = JSON.stringify,
  ): Promise<number> {
    let [rows, part] = [0, 0]
    async function* entries(): AsyncGenerator<readonly Entry[]> {
      for await (const lot of lots) {
        rows += lot.length
        yield lot.map((row) => [NO_KEY, Buffer.from(textOf(row))])
      }
    }
    for await (const bytes of partsOf(entries())) {
      await this.bytes(`tables/${name}/${String(part++).padStart(PART_DIGITS, '0')}.zst`, bytes)
    }
    return rows
  }

  /** Removes files below a folder that are not wanted. */
  async keepOnly(folder: string, isWanted: (path: string) => boolean): Promise<void> {
    for (const path of this.#files.keys()) {
      if (!path.startsWith(folder) || isWanted(path)) continue
      await rm(join(this.#directory, path))
      this.#files.delete(path)
    }
  }

  async end<M extends Manifest>(about: Omit<M, 'files'>): Promise<M> {
    const manifest = { ...about, files: Array.from(this.#files.values()) } as unknown as M
    await writeFileWhole(join(this.#directory, MANIFEST_PATH), manifestText(manifest), OWNER_ONLY.file)
    return manifest
  }

  async #add(
    file: Parameters<typeof storeFile>[0],
    rest: Pick<BackupFile, 'modifiedMs'> = {},
  ): Promise<void> {
    const stored = await storeFile(file, this.#directory)
    this.#files.set(file.path, { ...stored, ...rest })
  }
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** What is read of a file, which fails unless it is as long as it was when it was listed. */
class Whole implements AsyncIterable<Uint8Array> {
  /** Of what was read so far. */
  checksum = 0
  readonly #content: AsyncIterable<Uint8Array>
  readonly #bytes: number
  readonly #path: string

  constructor(content: AsyncIterable<Uint8Array>, bytes: number, path: string) {
    this.#content = content
    this.#bytes = bytes
    this.#path = path
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    let read = 0
    for await (const chunk of this.#content) {
      read += chunk.length
      this.checksum = crc32(chunk, this.checksum)
      yield chunk
    }
    if (read === this.#bytes) return
    const found = `${this.#bytes} bytes when it was listed, and ${read} when it was read`
    throw new Error(`${this.#path} had ${found}`)
  }
}
