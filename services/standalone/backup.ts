// What a backup of this process consists of.

import type { Clock } from '../../lib/clock.ts'
import product from '../../package.json' with { type: 'json' }
import type { EmbeddedBacking } from '../../stores/backing/embedded.ts'
import { writeBackup } from '../../stores/backup/write-backup.ts'
import type { BatchArchive } from '../reconciler/archiving/open-archive.ts'
import type { BackupRouteDeps } from '../reconciler/operators/backup-routes.ts'

export function backupOf(
  { clock }: { readonly clock: Clock },
  { forms, archive, overflowObjects }: EmbeddedBacking & BatchArchive,
): BackupRouteDeps['writeBackup'] {
  const { directory, log, stores, uniques, videos } = forms
  const parts = {
    ...{ root: directory.root, log, counts: stores, uniques, videos, archive, clock },
    overflow: overflowObjects,
    product: product.version,
  }
  return (send) => writeBackup(parts, send)
}
