// Reads a backup of separate services.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../../lib/fault.ts'
import { readCheckpoints } from '../../../stores/archive/duckdb/checkpoints.ts'
import { type HoursHeld, hoursHeld } from '../../../stores/archive/duckdb/hours-held.ts'
import type { BackupFile } from '../../../stores/backup/manifest.ts'
import { entriesOf } from '../../../stores/backup/parts.ts'
import { readManifest } from '../../../stores/backup/restore-backup.ts'
import {
  ARCHIVE_FOLDER,
  type ClusterManifest,
  isOfCluster,
  STATE_FILE,
  type State,
  type TableName,
} from '../../backup/cluster/contents.ts'

export type ArchivedFile = BackupFile & { readonly key: string }

export class ClusterBackup {
  readonly directory: string
  readonly manifest: ClusterManifest

  constructor(directory: string, manifest: ClusterManifest) {
    this.directory = directory
    this.manifest = manifest
  }

  /** The files of the archive: raw events first, what says how far it goes last. */
  get archive(): readonly ArchivedFile[] {
    const { files } = this.manifest
    return files
      .filter(({ path }) => path.startsWith(ARCHIVE_FOLDER))
      .map((file) => ({ ...file, key: file.path.slice(ARCHIVE_FOLDER.length) }))
  }

  /** What the archive in it holds. */
  get hours(): HoursHeld {
    const objects = this.archive.map(({ key, bytes, modifiedMs = 0 }) => ({ key, bytes, modifiedMs }))
    return { ...hoursHeld(objects), damaged: new Set(this.manifest.cluster.damagedHours) }
  }

  /** Events of log times before this may be missing in the archive; 0: none are. */
  async missingBeforeMs(): Promise<number> {
    const keys = this.archive.map(({ key }) => key)
    const checkpoints = await readCheckpoints({
      list: async (prefix) =>
        keys.filter((key) => key.startsWith(prefix)).map((key) => ({ key, bytes: 0, modifiedMs: 0 })),
      read: (key) => this.bytes(`${ARCHIVE_FOLDER}${key}`),
    })
    return Math.max(0, ...checkpoints.values().map((one) => one.missingBeforeMs))
  }

  bytes(path: string): Promise<Buffer> {
    return readFile(join(this.directory, path))
  }

  async state(): Promise<State> {
    return JSON.parse(String(await this.bytes(STATE_FILE)))
  }

  async *rows<Row>(
    name: TableName,
    parse: (text: string) => unknown = JSON.parse,
  ): AsyncGenerator<readonly Row[]> {
    for (const { path } of this.manifest.files) {
      if (!path.startsWith(`tables/${name}/`)) continue
      const entries = await entriesOf(await this.bytes(path))
      yield entries.map(([, text]) => parse(String(text)) as Row)
    }
  }
}

/** Fails with a Fault that says what to do. */
export async function openBackup(directory: string): Promise<ClusterBackup> {
  const manifest = await readManifest(directory)
  if (isOfCluster(manifest)) return new ClusterBackup(directory, manifest)
  throw new Fault(`${directory} is a backup of npm start: restore it with --data-dir instead of --cluster.`)
}
