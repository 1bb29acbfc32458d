// The layouts of a standalone process, in a file. A layout that differs from the newest is added to the list, and takes
// effect in a minute for which no event can have been accepted yet (law 5).
import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { writeFileWhole } from '../../lib/atomic-file.ts'
import type { Clock } from '../../lib/clock.ts'
import { Slots } from '../../lib/slots.ts'
import { minuteOf } from '../../model/bucket.ts'
import type { Layout } from '../../model/layout.ts'
import { partitionsNeeded, validateLayouts } from '../../model/validate-layouts.ts'
import { DataDirectoryError, damaged } from '../disk/data-directory.ts'
import { type LayoutChange, requestedLayout, withoutReplaced } from './layout-changes.ts'
import { followSettings, fromJson, isAlike, type LayoutJson, toJson } from './layout-form.ts'
import type { WantedLayout } from './layout-settings.ts'
import { type ChangeableLayouts, type ChangeRequest, LayoutError } from './layouts.ts'

export type FileLayoutsOptions = {
  readonly path: string
  readonly wanted: WantedLayout
  readonly clock: Clock
  /** How far ahead of the clock the time of an accepted event may be. */
  readonly aheadMs: number
  /** No older events are accepted. */
  readonly retentionMs: number
  /** Whether events have been routed already, so that the file must exist. */
  readonly isUsed: boolean
  /** Gives the log so many partitions before a layout needs them. */
  readonly grow: (partitions: number) => Promise<void>
}

/** Between the JSON and the checksum of it. */
const CHECKSUM = '\ncrc32 '
/** More than there is time to make by hand, and few enough to be written as a whole. */
const LAYOUTS_MAX = 1_000
/** How long it may take to store a layout without a pause in routing. */
const STORING_MS = 2_000

/** Fails with a DataDirectoryError `damaged`. */
export async function openFileLayouts(options: FileLayoutsOptions): Promise<FileLayouts> {
  const { path, wanted, clock, aheadMs, isUsed } = options
  const kept = await readLayouts(path, isUsed)
  const newest = kept.at(-1)
  const fromMinute = newest === undefined ? 0 : minuteAfter(newest, clock.nowMs() + aheadMs)
  const next = followSettings(newest, wanted, { version: (newest?.version ?? 0) + 1, fromMinute })
  if (newest !== undefined && isAlike(newest, next)) return new FileLayouts(options, kept)
  const layouts = [...kept, next]
  await writeLayouts(path, layouts)
  return new FileLayouts(options, layouts)
}

export class FileLayouts implements ChangeableLayouts {
  readonly #options: FileLayoutsOptions
  readonly #changes = new Slots(1)
  #layouts: readonly Layout[]
  /** The first minute of a layout that is perhaps stored already. */
  #pendingMinute = Number.POSITIVE_INFINITY

  /** For openFileLayouts. */
  constructor(options: FileLayoutsOptions, layouts: readonly Layout[]) {
    this.#options = options
    this.#layouts = layouts
  }

  current(): readonly Layout[] {
    const { clock, aheadMs } = this.#options
    if (minuteOf(clock.nowMs() + aheadMs) < this.#pendingMinute) return this.#layouts
    throw new LayoutError('unavailable', 'A new layout is to take effect, and it is not stored yet.')
  }

  unknownFromMinute(): number {
    return Number.POSITIVE_INFINITY
  }

  change(change: LayoutChange, request: ChangeRequest): Promise<readonly Layout[]> {
    return this.#changes.use(() => this.#change(change, request))
  }

  async #change(change: LayoutChange, request: ChangeRequest): Promise<readonly Layout[]> {
    const { clock, aheadMs, retentionMs, grow } = this.#options
    const changeable = () => minuteOf(clock.nowMs() + aheadMs + STORING_MS) + 1
    const needed = requestedLayout(this.#layouts, change, request, changeable())
    if (needed === null) return this.#layouts
    await grow(partitionsNeeded([needed]))
    const next = requestedLayout(this.#layouts, change, request, changeable())!
    const earlier = withoutReplaced(this.#layouts, next)
    const layouts = [...neededFor(earlier, minuteOf(clock.nowMs() - retentionMs)), next]
    if (layouts.length > LAYOUTS_MAX)
      throw new LayoutError(
        'refused',
        `${LAYOUTS_MAX} layouts are in force for events that are still accepted.`,
      )
    await this.#store(layouts)
    return layouts
  }

  /** Where it fails and the file does not hold what it held before, only the next start tells what is in force. */
  async #store(layouts: readonly Layout[]): Promise<void> {
    const { path } = this.#options
    this.#pendingMinute = layouts.at(-1)!.fromMinute
    try {
      await writeLayouts(path, layouts)
      this.#layouts = layouts
    } catch (cause) {
      const stored = await readLayouts(path, true).catch(() => [])
      if (stored.at(-1)?.version !== this.#layouts.at(-1)!.version) throw cause
      this.#pendingMinute = Number.POSITIVE_INFINITY
      throw new LayoutError('unavailable', 'The layout could not be stored, so it will not take effect.', {
        cause,
      })
    }
    this.#pendingMinute = Number.POSITIVE_INFINITY
  }
}

function minuteAfter(newest: Layout, acceptedToMs: number): number {
  return Math.max(minuteOf(acceptedToMs), newest.fromMinute) + 1
}

/** Without those that are in force only before this minute. */
function neededFor(layouts: readonly Layout[], minute: number): readonly Layout[] {
  return layouts.filter((_, i) => (layouts[i + 1]?.fromMinute ?? Number.POSITIVE_INFINITY) > minute)
}

async function writeLayouts(path: string, layouts: readonly Layout[]): Promise<void> {
  const text = JSON.stringify(layouts.map(toJson), null, 2)
  await writeFileWhole(path, `${text}${CHECKSUM}${crc32(text)}\n`)
}

/** Files of earlier releases, and files written by hand, have no checksum. */
function parse(content: string): LayoutJson[] {
  const [text = '', checksum] = content.split(CHECKSUM)
  if (checksum !== undefined && checksum !== `${crc32(text)}\n`) throw new Error('its checksum is wrong')
  return JSON.parse(text)
}

/** Without the old layouts, copies of events would be routed differently and counted again. */
function lostLayouts(path: string): DataDirectoryError {
  const advice =
    'Restore it from a backup. Without one, write [] into it to route by the settings of today: where they were ' +
    'others before, copies of events of the last minutes count twice until they are recounted.'
  return new DataDirectoryError('damaged', `The file ${path} is lost. ${advice}`)
}

async function readLayouts(path: string, isUsed: boolean): Promise<readonly Layout[]> {
  try {
    const kept = parse(await readFile(path, 'utf8'))
    if (kept.length === 0) return [] // an operator's decision: see lostLayouts
    const layouts = kept.map(fromJson)
    const faults = validateLayouts(layouts)
    if (faults.length > 0) throw new Error(faults.join('; '))
    return layouts
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      if (isUsed) throw lostLayouts(path)
      return []
    }
    throw damaged(path, `The layouts in ${path} cannot be read.`, error)
  }
}
