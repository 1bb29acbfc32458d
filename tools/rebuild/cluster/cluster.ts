// What a rebuild needs of separate services: what is left of them, and a keyspace that is made anew. open-cluster.ts
// opens it on real servers.
import type { BatchSettings } from '../../../services/reconciler/reconciler-settings.ts'
import type { Archive, ArchiveKeeper } from '../../../stores/archive/archive.ts'
import type { KeyspaceState } from '../../../stores/counts/cassandra/keyspace-state.ts'
import type { Checkpoint, CountWriter } from '../../../stores/counts/counts.ts'
import type { Rebuilds } from '../../../stores/counts/rebuilds.ts'
import type { RollupReader, RollupWriter } from '../../../stores/counts/rollups.ts'
import type { Log } from '../../../stores/log/log.ts'
import type { Uniques } from '../../../stores/uniques/uniques.ts'

export type NewCounts = AsyncDisposable & {
  readonly counts: Pick<CountWriter, 'writeCheckpoint'> & {
    checkpoints(): Promise<ReadonlyMap<string, Checkpoint>>
  }
  readonly rollups: Pick<RollupReader, 'readHours'> & Pick<RollupWriter, 'writeReconciled'>
  readonly rebuilds: Rebuilds
  readonly uniques: Pick<Uniques, 'merge'>
}

export type Cluster = {
  readonly log: Pick<Log, 'sources' | 'bounds' | 'read' | 'ends'>
  readonly archive: Pick<Archive, 'holdings' | 'checkpoints' | 'unreadable'> & Pick<ArchiveKeeper, 'viewers'>
  /** For people. */
  readonly keyspace: string
  readonly archivePlace: string
  /** By name, those of processes that hold counts in memory. */
  readonly groups: readonly string[]
  members(group: string): Promise<number>
  hasTitles(): Promise<boolean>
  /** Applies titles to the new keyspace beside the services, until all of them are there. */
  applyTitles(onProgress: (recordsLeft: number) => void): Promise<void>
  keyspaceState(): Promise<KeyspaceState>
  /** Makes the keyspace and its tables, as far as they are missing. */
  openCounts(): Promise<NewCounts>
}

export type ClusterSettings = Pick<BatchSettings, 'horizonMs' | 'aheadMs' | 'slackMs' | 'rawKeptMs'>
