// Snapshots of sources' states, one file each. The reader must check their bytes.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileWhole } from '../../lib/atomic-file.ts'
import { ifThere } from '../../lib/if-there.ts'
import type { SnapshotStore } from './snapshots.ts'

export function fileSnapshots(directory: string): SnapshotStore {
  const path = (sourceId: string) => join(directory, `${sourceId}.snapshot`)
  return {
    read: (sourceId) => ifThere(readFile(path(sourceId))),
    write: (sourceId, bytes) => writeFileWhole(path(sourceId), bytes),
  }
}
