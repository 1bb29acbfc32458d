// Reads raw files: each is checked against its checksum first, here or by whoever reads it where it is. A damaged file
// is set aside; if another process has removed a file meanwhile, the files are listed again. In both cases the
// caller's work runs again.
import { dayOf, MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import type { ObjectStore } from '../../objects/objects.ts'
import { ObjectMissing } from '../../objects/objects.ts'
import { inParallel } from './in-parallel.ts'
import { dayPrefix, hoursOf, parseRawFile, RAW_PREFIX, type RawFile } from './layout.ts'
import type { SetAside } from './set-aside.ts'
import { stillThere } from './still-there.ts'
import { checksumOf } from './write-files.ts'

/** Up to this many days are listed one by one. */
const DAYS_LISTED_MAX = 16
/** How often files may vanish while they are read: each time another process must have merged them. */
const ATTEMPTS_MAX = 10
const KEYS_TOLD_MAX = 10

type Opened = { readonly file: RawFile; readonly path: string; release(): Promise<void> }

type ReadOptions = {
  readonly trusted?: boolean
  readonly checked?: Set<string>
  readonly signal?: AbortSignal | null
}

/** What was made of files, or which of them are damaged. */
export type InPlace<T> = { readonly found: T } | { readonly damaged: readonly RawFile[] }

export class RawFiles {
  readonly #objects: ObjectStore
  readonly #setAside: SetAside

  constructor(objects: ObjectStore, setAside: SetAside) {
    this.#objects = objects
    this.#setAside = setAside
  }

  /** All raw files. */
  async all(): Promise<readonly RawFile[]> {
    return this.#list(RAW_PREFIX)
  }

  /** The raw files that may hold events of these hours. */
  async ofHours(hours: readonly number[]): Promise<readonly RawFile[]> {
    const files = (await inParallel(prefixesOf(hours), (prefix) => this.#list(prefix))).flat()
    const wanted = new Set(hours)
    return files.filter((file) => hoursOf(file).some((hour) => wanted.has(hour)))
  }

  /** The raw files that may hold events of minutes in [from, to). */
  async ofRange(from: number, to: number): Promise<readonly RawFile[]> {
    const files = (await inParallel(prefixesOfRange(from, to), (prefix) => this.#list(prefix))).flat()
    return files.filter((file) => hoursOf(file).some((hour) => hour < to && hour + MINUTES_PER_HOUR > from))
  }

  /** Which of these still exist. */
  still(files: readonly RawFile[]): Promise<readonly RawFile[]> {
    return stillThere(this.#objects, files)
  }

  /**
   * Runs `use` on local paths of files, in order of their keys; if some were damaged or gone, it runs again on what
   * `relist` returns. So `use` must be safe to repeat. `trusted`: the bytes are not checked, because few of them will
   * be read; `checked`: those that were checked before are not checked again. Nothing is tried again once the signal is
   * aborted.
   */
  async read<T>(
    files: readonly RawFile[],
    relist: () => Promise<readonly RawFile[]>,
    use: (paths: readonly string[], files: readonly RawFile[]) => Promise<T>,
    { trusted = false, checked = new Set(), signal = null }: ReadOptions = {},
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const opened: Opened[] = []
      try {
        await inParallel(attempt === 1 ? files : await relist(), async (file) => {
          opened.push({ file, ...(await this.#objects.open(file.key)) })
        })
        const unchecked = trusted ? [] : opened.filter((one) => !checked.has(placeOf(one)))
        if (await this.#setDamagedAside(unchecked)) continue
        for (const one of unchecked) checked.add(placeOf(one))
        opened.sort((a, b) => (a.file.key < b.file.key ? -1 : 1))
        return await use(
          opened.map(({ path }) => path),
          opened.map(({ file }) => file),
        )
      } catch (error) {
        if (signal?.aborted) throw error
        const files = opened.map(({ file }) => file)
        const again = (await this.#hasVanished(error, files)) || (await this.#setDamagedAside(opened))
        if (!again || attempt >= ATTEMPTS_MAX) throw error
      } finally {
        for (const { release } of opened) await release()
      }
    }
  }

  /**
   * The same for who reads the files where they are kept, and checks them: those that `use` calls damaged are looked at
   * here, and set aside if they are.
   */
  async readInPlace<T>(
    files: readonly RawFile[],
    relist: () => Promise<readonly RawFile[]>,
    use: (files: readonly RawFile[]) => Promise<InPlace<T>>,
    signal: AbortSignal,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const listed = attempt === 1 ? files : await relist()
      try {
        const unusable = listed.filter(({ bytes, checksum }) => bytes === 0 || checksum === null)
        const answer = unusable.length > 0 ? { damaged: unusable } : await use(listed)
        if ('found' in answer) return answer.found
        await this.#setAsideWhere(answer.damaged)
      } catch (error) {
        if (signal.aborted || attempt >= ATTEMPTS_MAX || !(await this.#hasVanished(error, listed)))
          throw error
      }
    }
  }

  /** Fails if all of them are sound, because whoever found them damaged would do so again. */
  async #setAsideWhere(files: readonly RawFile[]): Promise<void> {
    let setAside = false
    for (const file of files) {
      const { path, release } = await this.#objects.open(file.key)
      try {
        setAside = (await this.#setDamagedAside([{ file, path, release }])) || setAside
      } finally {
        await release()
      }
    }
    if (!setAside) throw new Error(`these files could not be read, though they are sound: ${keysOf(files)}`)
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

  async #hasVanished(error: unknown, files: readonly RawFile[]): Promise<boolean> {
    if (error instanceof ObjectMissing) return true
    return (await this.still(files)).length < files.length
  }
}

/** The prefixes to list in order to find files that may hold events of these hours. */
export function prefixesOf(hours: readonly number[]): readonly string[] {
  const days = Array.from(new Set(hours.map(dayOf)))
  return days.length > DAYS_LISTED_MAX ? [RAW_PREFIX] : days.map(dayPrefix)
}

/** The same for the minutes [from, to). */
export function prefixesOfRange(from: number, to: number): readonly string[] {
  const days: number[] = []
  for (let day = dayOf(from); day < to && days.length <= DAYS_LISTED_MAX; day += MINUTES_PER_DAY)
    days.push(day)
  return prefixesOf(days)
}

/** The first of them. */
function keysOf(files: readonly RawFile[]): string {
  const keys = files.slice(0, KEYS_TOLD_MAX).map(({ key }) => key)
  return `${keys.join(', ')}${files.length > KEYS_TOLD_MAX ? ', …' : ''}`
}

/** Names these bytes on this disk: a file that is fetched or written again has another place. */
function placeOf({ file, path }: Opened): string {
  return `${path} ${file.bytes} ${file.modifiedMs}`
}

/** Why a file is unusable, or null. */
async function faultOf({ file, path }: Opened): Promise<string | null> {
  if (file.bytes === 0) return 'It is empty.'
  if (file.checksum === null) return 'Its name was not given by the archive.'
  return (await checksumOf(path)) === file.checksum
    ? null
    : 'Its bytes do not match the checksum in its name.'
}
