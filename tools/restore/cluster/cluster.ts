// What a restore of separate services writes to. open-cluster.ts opens it on real servers.
import type { Alerts } from '../../../stores/alerts/alerts.ts'
import type { KeyspaceState } from '../../../stores/counts/cassandra/keyspace-state.ts'
import type { Checkpoint, CountWriter } from '../../../stores/counts/counts.ts'
import type { Journal } from '../../../stores/counts/journal.ts'
import type { Rebuilds } from '../../../stores/counts/rebuilds.ts'
import type { RollupReader, RollupWriter } from '../../../stores/counts/rollups.ts'
import type { KafkaClient } from '../../../stores/log/kafka/kafka-client.ts'
import type { TopicSettings } from '../../../stores/log/kafka/topics.ts'
import type { ObjectStore } from '../../../stores/objects/objects.ts'
import type { UniquesScan } from '../../../stores/uniques/uniques.ts'
import type { Groups } from '../../rebuild/cluster/prepare.ts'

export type NewStores = AsyncDisposable & {
  readonly counts: Pick<CountWriter, 'write'> & { checkpoints(): Promise<ReadonlyMap<string, Checkpoint>> }
  readonly rollups: RollupWriter & Pick<RollupReader, 'readHours' | 'readReconciled'>
  readonly uniques: Pick<UniquesScan, 'mergeStored'>
  readonly journal: Pick<Journal, 'append' | 'latest' | 'find'>
  readonly alerts: Pick<Alerts, 'write' | 'find' | 'all'>
  readonly rebuilds: Rebuilds
}

export type NewCluster = Groups & {
  readonly client: KafkaClient
  /** The first part of every topic's name. */
  readonly prefix: string
  readonly topics: Omit<TopicSettings, 'partitions'>
  /** Where the archive is, or will be. */
  readonly objects: Pick<ObjectStore, 'list' | 'read' | 'write'>
  /** For people. */
  readonly archivePlace: string
  readonly keyspace: string
  /** The same as of reconcilers. */
  readonly aheadMs: number
  keyspaceState(): Promise<KeyspaceState>
  /** The tables of the keyspace that hold something. */
  filledTables(): Promise<readonly string[]>
  /** Makes the keyspace and its tables, as far as they are missing. */
  openStores(): Promise<NewStores>
  /** Applies titles to the keyspace, until all of them are there. The log must be declared. */
  applyTitles(onProgress: (recordsLeft: number) => void): Promise<void>
}
