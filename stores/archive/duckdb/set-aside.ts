// Damaged raw files: moved out of the way with the reason beside them, so that the rest can be counted, and listed as
// missing until they are restored or purged.
import { copyFile, rm } from 'node:fs/promises'
import type { ObjectStore } from '../../objects/objects.ts'
import type { Unreadable } from '../archive.ts'
import type { Database } from './database.ts'
import { hoursOf, parseRawFile, type RawFile } from './layout.ts'

export const SET_ASIDE_PREFIX = 'unreadable/'
const REASON = '.json'

export class SetAside {
  readonly #objects: ObjectStore
  readonly #database: Database

  constructor(objects: ObjectStore, database: Database) {
    this.#objects = objects
    this.#database = database
  }

  /** Safe to repeat; at every moment the file exists in at least one place. */
  async add({ key }: Pick<RawFile, 'key'>, path: string, reason: string): Promise<void> {
    const copy = this.#database.draftPath()
    try {
      await copyFile(path, copy)
      await this.#objects.upload(`${SET_ASIDE_PREFIX}${key}`, copy)
    } finally {
      await rm(copy, { force: true })
    }
    await this.#objects.write(
      `${SET_ASIDE_PREFIX}${key}${REASON}`,
      Buffer.from(`${JSON.stringify({ key, reason })}\n`),
    )
    await this.#objects.remove([key])
  }

  /** By their original keys; without those that are back in their places. */
  async files(): Promise<readonly RawFile[]> {
    const { missing } = await this.#sorted()
    return missing
  }

  /** One entry for each hour of which the file may have held events. */
  async unreadable(): Promise<readonly Unreadable[]> {
    const found: Unreadable[] = []
    for (const file of await this.files()) {
      const reason = await this.#reasonFor(file)
      for (const hour of hoursOf(file)) found.push({ hour, name: file.key, reason })
    }
    return found.sort((a, b) => a.hour - b.hour)
  }

  /** Forgets files that are back in their places: they may be merged later and would then seem to be missing. */
  async settle(): Promise<void> {
    const { restored } = await this.#sorted()
    await this.remove(restored)
  }

  async remove(files: readonly RawFile[]): Promise<void> {
    await this.#objects.remove(
      files.flatMap(({ key }) => [`${SET_ASIDE_PREFIX}${key}`, `${SET_ASIDE_PREFIX}${key}${REASON}`]),
    )
  }

  async #sorted(): Promise<{ missing: RawFile[]; restored: RawFile[] }> {
    const result: { missing: RawFile[]; restored: RawFile[] } = { missing: [], restored: [] }
    for (const info of await this.#objects.list(SET_ASIDE_PREFIX)) {
      const file = parseRawFile({ ...info, key: info.key.slice(SET_ASIDE_PREFIX.length) })
      if (file === null) continue
      const [there] = await this.#objects.list(file.key)
      result[there === undefined ? 'missing' : 'restored'].push(file)
    }
    return result
  }

  async #reasonFor({ key }: RawFile): Promise<string> {
    const bytes = await this.#objects.read(`${SET_ASIDE_PREFIX}${key}${REASON}`)
    try {
      return String(JSON.parse(Buffer.from(bytes!).toString()).reason)
    } catch {
      return 'It was set aside without a reason.'
    }
  }
}
