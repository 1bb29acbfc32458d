// Opens what a rebuild of separate services needs, on real servers, by the environment variables of the reconcilers.
import { join } from 'node:path'
import type { Clock } from '../../../lib/clock.ts'
import { openRawArchive } from '../../../services/reconciler/archiving/open-archive.ts'
import type { ReconcilerServiceSettings } from '../../../services/reconciler/settings.ts'
import { openCassandraStores } from '../../../stores/backing/open-cassandra-stores.ts'
import type { CassandraSettings } from '../../../stores/cassandra/cassandra-settings.ts'
import { type ConnectDeps, connect } from '../../../stores/cassandra/connect.ts'
import { keyspaceState } from '../../../stores/counts/cassandra/keyspace-state.ts'
import { videosTopicOf } from '../../../stores/log/kafka/topics.ts'
import { openLog } from '../../../stores/log/open-log.ts'
import type { ObjectsSettings } from '../../../stores/objects/objects-settings.ts'
import { applyTitles } from '../../apply-titles.ts'
import { migrateInAttempts } from '../../migrate-in-attempts.ts'
import type { Cluster, NewCounts } from './cluster.ts'

const NAME = 'tally-rebuild'

/** Waits for Kafka and Cassandra. `print` is told of what it waits for. Closed by the stack. */
export async function openCluster(
  settings: ReconcilerServiceSettings,
  stack: AsyncDisposableStack,
  clock: Clock,
  print: (line: string) => void,
): Promise<Cluster> {
  const { kafka, cassandra, objects, batch, dataDirectory } = settings
  const onRetry = (what: string, _attempt: number, error: unknown) =>
    print(`could not ${what}, will try again: ${(error as Error).message}`)
  const deps: ConnectDeps = { clock, random: Math.random, onRetry }
  const { log, client, close } = await openLog(kafka, NAME, clock, onRetry, new AbortController().signal)
  stack.defer(close)
  const { recountMiB: memoryMiB, recountThreads: threads } = batch
  const scratchDirectory = join(dataDirectory, 'scratch', 'rebuild')
  const archive = await openRawArchive({ objects, scratchDirectory, memoryMiB, threads }, clock)
  stack.defer(() => archive.close())
  return {
    ...{ log, archive, keyspace: cassandra.keyspace, archivePlace: placeOf(objects) },
    groups: groupsOf(settings),
    members: (name) => client.groupMembers(name),
    applyTitles: (onProgress) => {
      const { incarnation } = log
      return applyTitles({ settings, client, incarnation, clock, onRetry }, onProgress)
    },
    hasTitles: async () => (await client.partitionCount(videosTopicOf(kafka.prefix))) > 0,
    keyspaceState: () => stateOf(cassandra, deps),
    openCounts: () => openCounts(cassandra, deps, print),
  }
}

/** Of processes that hold counts in memory. */
export function groupsOf({
  kafka,
  group,
}: Pick<ReconcilerServiceSettings, 'kafka' | 'group'>): readonly string[] {
  return [kafka.group, group, `${kafka.group}-overflow`]
}

export function placeOf(objects: ObjectsSettings): string {
  if (objects.kind === 'file') return objects.directory
  return `s3://${objects.bucket}${objects.prefix === '' ? '' : `/${objects.prefix}`}`
}

async function stateOf(settings: CassandraSettings, deps: ConnectDeps) {
  const unbound = await connect(settings, null, deps)
  try {
    return await keyspaceState(unbound, settings.keyspace)
  } finally {
    await unbound.shutdown()
  }
}

async function openCounts(
  settings: CassandraSettings,
  deps: ConnectDeps,
  print: (line: string) => void,
): Promise<NewCounts> {
  const onApplied = ({ file }: { readonly file: string }) => print(`applied ${file}`)
  await migrateInAttempts(settings, { onApplied }, print)
  const stores = await openCassandraStores(settings, deps)
  return { ...stores, [Symbol.asyncDispose]: () => stores.close() }
}
