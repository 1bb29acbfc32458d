// The routing tables of a standalone process, in a file. A table that differs from the one in force is added to the
// list and takes effect in a minute of which no event can have been accepted yet (law 5).
import { readFile } from 'node:fs/promises'
import { MINUTE_MS } from '../../model/bucket.ts'
import type { Layout } from '../../model/layout.ts'
import { validateLayouts } from '../../model/validate-layouts.ts'
import type { WantedLayout } from '../../settings/layout-settings.ts'
import { writeFileWhole } from '../atomic-file.ts'
import { damaged } from '../data-directory.ts'
import { fromJson, type LayoutJson, routesAlike, toJson, toLayout } from './layout-form.ts'

/**
 * The layouts that are kept at `path`, oldest first, with `wanted` in force from the first whole minute after
 * `acceptedToMs`, the latest time that an accepted event can have. Fails with a DataDirectoryError `damaged`.
 */
export async function openFileLayouts(
  path: string,
  wanted: WantedLayout,
  acceptedToMs: number,
): Promise<readonly Layout[]> {
  const kept = await readLayouts(path)
  const newest = kept.at(-1)
  const next = toLayout(wanted, (newest?.version ?? 0) + 1, firstMinuteAfter(newest, acceptedToMs))
  if (newest !== undefined && routesAlike(newest, next)) return kept
  const layouts = [...kept, next]
  await writeFileWhole(path, `${JSON.stringify(layouts.map(toJson), null, 2)}\n`)
  return layouts
}

function firstMinuteAfter(newest: Layout | undefined, acceptedToMs: number): number {
  if (newest === undefined) return 0
  return Math.max(Math.floor(acceptedToMs / MINUTE_MS), newest.fromMinute) + 1
}

async function readLayouts(path: string): Promise<readonly Layout[]> {
  try {
    const kept = JSON.parse(await readFile(path, 'utf8')) as LayoutJson[]
    const layouts = kept.map(fromJson)
    const faults = validateLayouts(layouts)
    if (faults.length > 0) throw new Error(faults.join('; '))
    return layouts
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw damaged(path, `The layouts in ${path} cannot be read.`, error)
  }
}
