// Whether a backup may be restored into a cluster: nothing is there, or only what a restore of the same backup has
// begun.
import { hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/fault.ts'
import type { Rebuild } from '../../../stores/counts/rebuilds.ts'
import { currentIdentity } from '../../../stores/log/kafka/identity.ts'
import { readMeta } from '../../../stores/log/kafka/meta.ts'
import { metaTopicOf } from '../../../stores/log/kafka/topics.ts'
import { again } from '../../backup/cluster/again.ts'
import type { State } from '../../backup/cluster/contents.ts'
import type { ClusterBackup } from './backup.ts'
import type { NewCluster } from './cluster.ts'
import { incarnationOf } from './put-log.ts'

const NOTHING = new Uint8Array(0)

/** The note of the restore that has begun; null: none has. Fails with a Fault. */
export async function checkTarget(
  cluster: NewCluster,
  backup: ClusterBackup,
  clock: Clock,
): Promise<Rebuild | null> {
  const begun = await checkKeyspace(cluster, backup)
  if (begun?.isPrepared) return begun
  await checkLog(cluster, await backup.state(), begun)
  // What a restore has written that was killed is read when it goes on.
  await checkArchive(cluster, backup, clock, begun === null ? 'bytes' : 'size')
  return begun
}

async function checkKeyspace(cluster: NewCluster, { manifest }: ClusterBackup): Promise<Rebuild | null> {
  const state = await cluster.keyspaceState()
  if (state === 'lost') {
    const filled = await cluster.filledTables()
    if (filled.length === 0) return null
    throw keyspaceFault(cluster, `something in the tables ${filled.join(', ')}`)
  }
  if (state !== 'held' && state.restoreOf === manifest.cluster.id) return state
  const what = state === 'held' || state.restoreOf === undefined ? 'counts' : 'another backup'
  throw keyspaceFault(cluster, what)
}

function keyspaceFault({ keyspace }: NewCluster, what: string): Fault {
  return new Fault(
    `The keyspace ${keyspace} holds ${what}, and nothing was changed. Restore into an empty cluster, or set ` +
      'CASSANDRA_KEYSPACE.',
  )
}

/**
 * The key of names is written first, and nobody else has it; so it tells whose topics these are. An incarnation that
 * this restore has declared may hold events: partitioners take them from then on, and they will be counted.
 */
async function checkLog(
  { client, prefix }: NewCluster,
  { nameKey }: State,
  begun: Rebuild | null,
): Promise<void> {
  const meta = metaTopicOf(prefix)
  if ((await client.partitionCount(meta)) === 0) return
  const entries = await readMeta(client, meta)
  if (entries.length === 0) return
  const [first] = entries
  const hasOurKey = first!.kind === 'namekey' && isDeepStrictEqual(first!.value, nameKey)
  const identity = currentIdentity(entries)
  const isOurs = identity === null || (begun !== null && identity.incarnation === incarnationOf(begun))
  if (hasOurKey && isOurs) return
  throw new Fault(
    `The topics ${prefix}.* are those of a log already, and nothing was changed. Set KAFKA_PREFIX, or restore into ` +
      'an empty Kafka, before npm run topics and before any service is started.',
  )
}

/**
 * An object that is there is compared: the same is of a restore that was killed.
 * @param how `bytes`: each is read; `size`: what a restore has just written is not read again
 * Fails with a Fault.
 */
export async function checkArchive(
  { objects, archivePlace }: Pick<NewCluster, 'objects' | 'archivePlace'>,
  backup: ClusterBackup,
  clock: Clock,
  how: 'bytes' | 'size',
): Promise<void> {
  const own = new Map(backup.archive.map((file) => [file.key, file]))
  const foreign: string[] = []
  for (const { key, bytes } of await again(clock, () => objects.list(''))) {
    const file = own.get(key)
    const isSame =
      file?.bytes === bytes &&
      (how === 'size' ||
        hash('sha256', (await again(clock, () => objects.read(key))) ?? NOTHING) === file.sha256)
    if (!isSame) foreign.push(key)
  }
  if (foreign.length === 0) return
  throw new Fault(
    `The archive ${archivePlace} holds ${foreign.length} files that are not of the backup, like ${foreign[0]}. ` +
      'They were left as they are. Set ARCHIVE_URL to an empty place.',
  )
}
