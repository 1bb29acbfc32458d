// Backups beside each other in one folder, each named by when it began, and how many of them stay.
import { access, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../lib/fault.ts'
import { instantText } from '../../lib/time-text.ts'
import { MANIFEST_PATH } from '../../stores/disk/data-directory.ts'

const NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/

/** Like 2026-11-30T02-20-00Z: their order is that of time. */
export function folderNameAt(timeMs: number): string {
  return `${instantText(timeMs).slice(0, '2026-11-30T02:20:00'.length).replaceAll(':', '-')}Z`
}

/**
 * Removes backups that are older than the newest `most` whole ones, and what is left of those that were killed as long
 * ago. Nothing else in the folder is touched. Returns the names. Fails with a Fault.
 */
export async function removeOlder(folder: string, most: number): Promise<readonly string[]> {
  const removed: string[] = []
  try {
    const names = (await readdir(folder)).filter((name) => NAME.test(name)).sort()
    const whole: string[] = []
    for (const name of names) if (await isWhole(join(folder, name))) whole.push(name)
    const oldest = whole.at(-most)
    if (whole.length < most || oldest === undefined) return []
    for (const name of names.filter((one) => one < oldest)) {
      await rm(join(folder, name, MANIFEST_PATH), { force: true }) // first: what is removed in part is no backup
      await rm(join(folder, name), { recursive: true })
      removed.push(name)
    }
  } catch (error) {
    throw new Fault(
      `The backup is whole, but older ones in ${folder} could not be removed: ${(error as Error).message}`,
    )
  }
  return removed
}

function isWhole(directory: string): Promise<boolean> {
  return access(join(directory, MANIFEST_PATH)).then(
    () => true,
    () => false,
  )
}
