// The layouts of a standalone process, in a file. A layout that differs from the one in force is added to the list
// and takes effect in a minute for which no event can have been accepted yet (law 5).
import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { writeFileWhole } from '../../lib/atomic-file.ts'
import { MINUTE_MS } from '../../model/bucket.ts'
import type { Layout } from '../../model/layout.ts'
import { validateLayouts } from '../../model/validate-layouts.ts'
import { DataDirectoryError, damaged } from '../disk/data-directory.ts'
import { fromJson, type LayoutJson, routesAlike, toJson, toLayout } from './layout-form.ts'
import type { WantedLayout } from './layout-settings.ts'

/** Between the JSON and the checksum of it. */
const CHECKSUM = '\ncrc32 '

/**
 * The layouts stored at `path`, oldest first, with `wanted` in force from the first whole minute after
 * `acceptedToMs`, the latest time that an accepted event can have. Fails with a DataDirectoryError `damaged`.
 * @param isUsed whether events have been routed already, so that the file must exist
 */
export async function openFileLayouts(
  path: string,
  wanted: WantedLayout,
  acceptedToMs: number,
  isUsed: boolean,
): Promise<readonly Layout[]> {
  const kept = await readLayouts(path, isUsed)
  const newest = kept.at(-1)
  const next = toLayout(wanted, (newest?.version ?? 0) + 1, firstMinuteAfter(newest, acceptedToMs))
  if (newest !== undefined && routesAlike(newest, next)) return kept
  const layouts = [...kept, next]
  const text = JSON.stringify(layouts.map(toJson), null, 2)
  await writeFileWhole(path, `${text}${CHECKSUM}${crc32(text)}\n`)
  return layouts
}

function firstMinuteAfter(newest: Layout | undefined, acceptedToMs: number): number {
  if (newest === undefined) return 0
  return Math.max(Math.floor(acceptedToMs / MINUTE_MS), newest.fromMinute) + 1
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
