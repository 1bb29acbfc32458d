// Snapshots of sources' states, one file each. The reader must check their bytes.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileWhole } from '../../lib/atomic-file.ts'
import type { SnapshotStore } from './snapshots.ts'

export function fileSnapshots(directory: string): SnapshotStore {
  const path = (sourceId: string) => join(directory, `${sourceId}.snapshot`)
  return {
    async read(sourceId) {
      try {
        return await readFile(path(sourceId))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    },
    write: (sourceId, bytes) => writeFileWhole(path(sourceId), bytes),
  }
}
