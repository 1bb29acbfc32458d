// Makes a data directory of a backup.
import { Fault } from '../../lib/fault.ts'
import { checkBackup, checkTarget, readManifest, restoreBackup } from '../../stores/backup/restore-backup.ts'
import { DataDirectoryError } from '../../stores/disk/data-directory.ts'
import { ByteProgress, type Screen } from '../backup/byte-progress.ts'
import { isOfCluster } from '../backup/cluster/contents.ts'
import { figuresOf } from '../backup/run-backup.ts'

type Options = { readonly from: string; readonly dataDirectory: string }

/** Fails with a Fault. */
export async function run({ from, dataDirectory }: Options, print: (line: string) => void, screen: Screen) {
  const startMs = performance.now()
  try {
    const manifest = await readManifest(from)
    if (isOfCluster(manifest)) {
      throw new Fault(
        `${from} is a backup of separate services: restore it with --cluster instead of --data-dir.`,
      )
    }
    await checkTarget(dataDirectory, manifest)
    const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0)
    await shown(screen, 'checked', total, (add) => checkBackup(from, manifest, add))
    await shown(screen, 'restored', total, (add) => restoreBackup(from, manifest, dataDirectory, add))
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1)
    print(`${dataDirectory}: ${figuresOf(manifest)}, ${seconds} s`)
  } catch (error) {
    if (error instanceof Fault) throw error
    if (error instanceof DataDirectoryError) throw new Fault(error.message)
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
    throw new Fault(`${dataDirectory} could not be made: ${(error as Error).message}`)
  }
}

async function shown(
  screen: Screen,
  what: string,
  total: number,
  task: (add: (bytes: number) => void) => Promise<void>,
): Promise<void> {
  const progress = new ByteProgress(screen, what, total)
  try {
    await task((bytes) => progress.add(bytes))
  } finally {
    progress.clear()
  }
}
