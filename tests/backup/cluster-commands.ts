// What the commands that back up, restore and rebuild a cluster see of one in memory.
import { BATCH_SETTINGS } from '../../testing/batch-world.ts'
import type { CopiedCluster } from '../../tools/backup/cluster/cluster.ts'
import type { Cluster } from '../../tools/rebuild/cluster/cluster.ts'
import type { NewCluster } from '../../tools/restore/cluster/cluster.ts'
import { type Life, PREFIX, TOPICS } from './cluster-world.ts'

export const QUIET = { print() {}, screen: { write() {} } }
const ABOUT = { keyspace: 'tally', archivePlace: 'a folder' }

export async function copiedCluster(life: Life): Promise<CopiedCluster> {
  const log = await life.log()
  const { client, objects, counts, rollups, uniques, journal, alerts, rebuilds } = life
  return {
    ...{ client, objects, prefix: PREFIX, product: '0', batch: BATCH_SETTINGS },
    log: {
      sources: (lane) => log.sources(lane),
      read: (...args) => log.read(...args),
      bounds: (source) => log.bounds(source),
    },
    disks: async () => new Map(),
    stores: { counts, rollups, uniques, journal, alerts, rebuilds },
  }
}

export function newCluster(life: Life): NewCluster {
  const { client, objects } = life
  return {
    ...{ ...ABOUT, client, objects, prefix: PREFIX, topics: TOPICS, groups: ['counting'] },
    aheadMs: BATCH_SETTINGS.aheadMs,
    members: async () => 0,
    keyspaceState: async () => life.noted ?? 'lost',
    filledTables: async () => [],
    openStores: async () => storesOf(life),
  }
}

export async function rebuiltCluster(life: Life): Promise<Cluster> {
  return {
    ...{ ...ABOUT, archive: life.archive, log: await life.log(), groups: ['counting', 'archiving'] },
    members: async () => 1,
    hasTitles: async () => true,
    keyspaceState: async () => life.noted!,
    openCounts: async () => storesOf(life),
  }
}

/** @param seen what is done to each of them first */
export function storesOf(life: Life, seen: <T extends object>(store: T) => T = (store) => store) {
  const { counts, rollups, uniques, journal, alerts, rebuilds } = life
  return {
    ...{ counts: seen(counts), rollups: seen(rollups), uniques: seen(uniques) },
    ...{ journal: seen(journal), alerts: seen(alerts), rebuilds: seen(rebuilds) },
    async [Symbol.asyncDispose]() {},
  }
}
