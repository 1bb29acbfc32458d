// What a backup of separate services reads of them. open-cluster.ts opens it on real servers.
import type { ClosingRule } from '../../../services/reconciler/recount/due-hours.ts'
import type { Alerts } from '../../../stores/alerts/alerts.ts'
import type { CopiedObjects } from '../../../stores/archive/duckdb/copy.ts'
import type { Checkpoint, CountAudit } from '../../../stores/counts/counts.ts'
import type { Journal } from '../../../stores/counts/journal.ts'
import type { Rebuilds } from '../../../stores/counts/rebuilds.ts'
import type { RollupReader, RollupScan } from '../../../stores/counts/rollups.ts'
import type { KafkaClient } from '../../../stores/log/kafka/kafka-client.ts'
import type { Log } from '../../../stores/log/log.ts'
import type { UniquesScan } from '../../../stores/uniques/uniques.ts'
import type { Disks } from '../../../stores/watermarks/watermarks.ts'

type CopiedStores = {
  readonly counts: CountAudit & { checkpoints(): Promise<ReadonlyMap<string, Checkpoint>> }
  readonly rollups: Pick<RollupReader, 'readReconciled' | 'readHours'> & RollupScan
  readonly uniques: Pick<UniquesScan, 'stored'>
  readonly journal: Pick<Journal, 'latest' | 'find'>
  readonly alerts: Pick<Alerts, 'all'>
  readonly rebuilds: Pick<Rebuilds, 'readRebuild'>
}

export type CopiedCluster = {
  readonly log: Pick<Log, 'sources' | 'bounds' | 'read'>
  readonly client: Pick<KafkaClient, 'fetch' | 'offsetOf'>
  /** The first part of every topic's name. */
  readonly prefix: string
  /** What partitioners tell of their disks. */
  disks(): Promise<Disks>
  /** Where the archive is. */
  readonly objects: CopiedObjects
  readonly stores: CopiedStores
  readonly batch: ClosingRule & {
    readonly aheadMs: number
    /** How long rows of minutes are kept. */
    readonly minutesKeptMs: number
  }
  /** The version of the product. */
  readonly product: string
}
