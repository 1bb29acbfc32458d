// Opens what a restore of separate services writes to, on real servers, by the environment variables of the
// reconcilers.
import { join } from 'node:path'
import type { Clock } from '../../../lib/clock.ts'
import { readRetentionMs } from '../../../lib/event-window.ts'
import { type Environment, SettingsReader } from '../../../lib/settings-reader.ts'
import { type ReconcilerServiceSettings, readSettings } from '../../../services/reconciler/settings.ts'
import { openToRestore } from '../../../stores/backing/open-cassandra-stores.ts'
import { type ConnectDeps, connect } from '../../../stores/cassandra/connect.ts'
import { filledTables, keyspaceState } from '../../../stores/counts/cassandra/keyspace-state.ts'
import { CLIENTS } from '../../../stores/log/kafka/kafka-clients.ts'
import { openKafkaLog } from '../../../stores/log/kafka/kafka-log.ts'
import { readPartitionBytesMax, readTopicReplicas } from '../../../stores/log/kafka/kafka-settings.ts'
import { openObjects } from '../../../stores/objects/open-objects.ts'
import { applyTitles } from '../../apply-titles.ts'
import { again } from '../../backup/cluster/again.ts'
import { migrateInAttempts } from '../../migrate-in-attempts.ts'
import { groupsOf, placeOf } from '../../rebuild/cluster/open-cluster.ts'
import type { NewCluster } from './cluster.ts'

type RestoreSettings = ReconcilerServiceSettings & Pick<NewCluster, 'topics'>

/** Throws a SettingsError that names every fault. */
export function readRestoreSettings(environment: Environment): RestoreSettings {
  const settings = readSettings(environment)
  const read = new SettingsReader(environment)
  const topics = {
    ...readTopicReplicas(read),
    retentionMs: readRetentionMs(read),
    retentionBytes: readPartitionBytesMax(read),
  }
  read.check()
  return { ...settings, topics }
}

/** Closed by the stack. `print` is told of what it waits for. */
export async function openCluster(
  settings: RestoreSettings,
  stack: AsyncDisposableStack,
  clock: Clock,
  print: (line: string) => void,
): Promise<NewCluster> {
  const { kafka, cassandra, objects, dataDirectory, topics, batch } = settings
  const onRetry = (what: string, _attempt: number, error: unknown) =>
    print(`could not ${what}, will try again: ${(error as Error).message}`)
  const deps: ConnectDeps = { clock, random: Math.random, onRetry }
  const client = CLIENTS[kafka.client]({ ...kafka, clientId: 'tally-restore' })
  stack.defer(() => client.close())
  const unbound = await connect(cassandra, null, deps)
  stack.defer(() => unbound.shutdown())
  return {
    ...{ client, topics, prefix: kafka.prefix, keyspace: cassandra.keyspace, aheadMs: batch.aheadMs },
    groups: groupsOf(settings),
    members: (group) => client.groupMembers(group),
    objects: await openObjects(objects, join(dataDirectory, 'scratch', 'restore'), clock),
    archivePlace: placeOf(objects),
    keyspaceState: () => keyspaceState(unbound, cassandra.keyspace),
    filledTables: () => filledTables(unbound, cassandra.keyspace),
    async openStores() {
      const onApplied = ({ file }: { readonly file: string }) => print(`applied ${file}`)
      await migrateInAttempts(cassandra, { onApplied }, print)
      const stores = await openToRestore(cassandra, deps)
      return { ...stores, [Symbol.asyncDispose]: () => stores.close() }
    },
    async applyTitles(onProgress) {
      const log = await again(clock, () => openKafkaLog({ client, clock, prefix: kafka.prefix }))
      const { incarnation } = log
      log.close()
      await applyTitles({ settings, client, incarnation, clock, onRetry }, onProgress)
    },
  }
}
