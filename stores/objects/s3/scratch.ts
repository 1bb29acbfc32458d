// Local copies of objects while they are being read, within a bound on disk space. Its directory is its own: files of
// an earlier process are removed.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { S3Error } from './s3-error.ts'

export type ScratchFile = { readonly path: string; release(): Promise<void> }

export class Scratch {
  readonly #directory: string
  readonly #bytesMax: number
  #bytes = 0
  #files = 0

  private constructor(directory: string, bytesMax: number) {
    this.#directory = directory
    this.#bytesMax = bytesMax
  }

  static async open(directory: string, bytesMax: number): Promise<Scratch> {
    await rm(directory, { recursive: true, force: true })
    await mkdir(directory, { recursive: true })
    return new Scratch(directory, bytesMax)
  }

  /**
   * A path for a file of this many bytes, removed on release. Fails with `scratch_full` instead of waiting for room.
   */
  claim(bytes: number): ScratchFile {
    if (this.#bytes + bytes > this.#bytesMax) {
      const room = `${this.#bytes} of ${this.#bytesMax} bytes are in use in ${this.#directory}`
      throw new S3Error('scratch_full', `There is no room for an object of ${bytes} bytes: ${room}.`)
    }
    this.#bytes += bytes
    const path = join(this.#directory, String(this.#files++))
    let held = true
    const release = async () => {
      if (!held) return
      held = false
      await rm(path, { force: true })
      this.#bytes -= bytes
    }
    return { path, release }
  }
}
