// What a backup of this process consists of.
import { readFileSync } from 'node:fs'
import type { Clock } from '../../lib/clock.ts'
import type { EmbeddedBacking } from '../../stores/backing/embedded.ts'
import { writeBackup } from '../../stores/backup/write-backup.ts'
import type { BackupRouteDeps } from '../reconciler/backup-routes.ts'
import type { BatchArchive } from '../reconciler/open-archive.ts'

const PACKAGE = new URL('../../package.json', import.meta.url)

export function backupOf(
  { clock }: { readonly clock: Clock },
  { forms, archive, overflowObjects }: EmbeddedBacking & BatchArchive,
): BackupRouteDeps['writeBackup'] {
  const { directory, log, stores, uniques, videos } = forms
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8'))
  const parts = {
    ...{ root: directory.root, log, counts: stores, uniques, videos, archive, clock },
    overflow: overflowObjects,
    product: version,
  }
  return (send) => writeBackup(parts, send)
}
