// What the commands that back up, restore and rebuild a cluster see of one in memory.
import assert from 'node:assert/strict'
import { videosTopicOf } from '../../stores/log/kafka/topics.ts'
import { TitleFollower } from '../../stores/videos/title-follower.ts'
import { untilApplied } from '../../stores/videos/until-applied.ts'
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
    applyTitles: (onProgress) => applyTitles(life, onProgress),
  }
}

export async function rebuiltCluster(life: Life): Promise<Cluster> {
  return {
    ...{ ...ABOUT, archive: life.archive, log: await life.log(), groups: ['counting', 'archiving'] },
    members: async () => 1,
    hasTitles: async () => true,
    applyTitles: (onProgress) => applyTitles(life, onProgress),
    keyspaceState: async () => life.noted!,
    openCounts: async () => storesOf(life),
  }
}

/** To the tables of this log alone. */
async function applyTitles(life: Life, onProgress: (recordsLeft: number) => void): Promise<void> {
  const { client, clock } = life
  const store = life.titlesOf((await life.log()).incarnation).seenBy()
  const onTrouble = (error: unknown) => assert.fail(error as Error)
  const place = { client, clock, topic: videosTopicOf(PREFIX), store }
  await untilApplied(new TitleFollower({ ...place, worker: 'one', onTrouble }), clock, onProgress)
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
