// Raw files as they are read: each is held against its checksum first. One that is damaged is set aside, one that
// another process has removed meanwhile is looked for anew, and what asked for them runs again.
import { dayOf } from '../../../model/bucket.ts'
import type { ObjectStore } from '../../objects/objects.ts'
import { ObjectMissing } from '../../objects/objects.ts'
import { inParallel } from './in-parallel.ts'
import { dayPrefix, hoursOf, parseRawFile, RAW_PREFIX, type RawFile } from './layout.ts'
import type { SetAside } from './set-aside.ts'
import { checksumOf } from './write-files.ts'

/** Up to so many days are listed one by one. */
const DAYS_LISTED_MAX = 16
/** How often files may vanish while they are read; each time something else must have been merging them. */
const ATTEMPTS_MAX = 10

type Opened = { readonly file: RawFile; readonly path: string; release(): Promise<void> }

export class RawFiles {
  readonly #objects: ObjectStore
  readonly #setAside: SetAside

  constructor(objects: ObjectStore, setAside: SetAside) {
    this.#objects = objects
    this.#setAside = setAside
  }

  /** All that there are. */
  async all(): Promise<readonly RawFile[]> {
    return this.#list(RAW_PREFIX)
  }

  /** Those that may hold events of these hours. */
  async ofHours(hours: readonly number[]): Promise<readonly RawFile[]> {
    const files = (await inParallel(prefixesOf(hours), (prefix) => this.#list(prefix))).flat()
    const wanted = new Set(hours)
    return files.filter((file) => hoursOf(file).some((hour) => wanted.has(hour)))
  }

  /** Which of these there still are. */
  async still(files: readonly RawFile[]): Promise<readonly RawFile[]> {
    const found = await inParallel(files, ({ key }) => this.#objects.list(key))
    return files.filter(({ key }, i) => found[i]!.some((info) => info.key === key))
  }

  /**
   * Runs `use` on local paths of files, in order of their keys; where some were damaged or gone, it runs again on what
   * `relist` gives. So `use` must be safe to repeat. `trusted`: the bytes are not checked, as few of them will be read.
   */
  async read<T>(
    files: readonly RawFile[],
    relist: () => Promise<readonly RawFile[]>,
    use: (paths: readonly string[], files: readonly RawFile[]) => Promise<T>,
    { trusted = false } = {},
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const opened: Opened[] = []
      try {
        await inParallel(attempt === 1 ? files : await relist(), async (file) => {
          opened.push({ file, ...(await this.#objects.open(file.key)) })
        })
        if (!trusted && (await this.#setDamagedAside(opened))) continue
        opened.sort((a, b) => (a.file.key < b.file.key ? -1 : 1))
        return await use(
          opened.map(({ path }) => path),
          opened.map(({ file }) => file),
        )
      } catch (error) {
        const again = (await this.#hasVanished(error, opened)) || (await this.#setDamagedAside(opened))
        if (!again || attempt >= ATTEMPTS_MAX) throw error
      } finally {
        for (const { release } of opened) await release()
      }
    }
  }

  async #list(prefix: string): Promise<RawFile[]> {
    const infos = await this.#objects.list(prefix)
    return infos.map(parseRawFile).filter((file) => file !== null)
  }

  async #setDamagedAside(opened: readonly Opened[]): Promise<boolean> {
    const faults = await inParallel(opened, faultOf)
    for (const [i, reason] of faults.entries()) {
      if (reason !== null) await this.#setAside.add(opened[i]!.file, opened[i]!.path, reason)
    }
    return faults.some((reason) => reason !== null)
  }

  async #hasVanished(error: unknown, opened: readonly Opened[]): Promise<boolean> {
    if (error instanceof ObjectMissing) return true
    return (await this.still(opened.map(({ file }) => file))).length < opened.length
  }
}

/** What to list, to find what may hold events of these hours. */
export function prefixesOf(hours: readonly number[]): readonly string[] {
  const days = Array.from(new Set(hours.map(dayOf)))
  return days.length > DAYS_LISTED_MAX ? [RAW_PREFIX] : days.map(dayPrefix)
}

/** Why a file cannot be relied on, or null. */
async function faultOf({ file, path }: Opened): Promise<string | null> {
  if (file.bytes === 0) return 'It is empty.'
  if (file.checksum === null) return 'Its name was not given by the archive.'
  return (await checksumOf(path)) === file.checksum
    ? null
    : 'Its bytes do not match the checksum in its name.'
}
