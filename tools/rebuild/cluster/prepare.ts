// Makes the keyspace anew and notes in it where each source begins, so that services may start. Each step may be
// repeated after a kill.
import type { Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/fault.ts'
import type { Rebuild } from '../../../stores/counts/rebuilds.ts'
import { again } from '../../backup/cluster/again.ts'
import type { Cluster, NewCounts } from './cluster.ts'
import type { ClusterSurvey } from './survey.ts'

/** The ledger begins anew: how the records before ended is not known any more. */
const LEDGER = { records: 0, events: 0, counted: 0, duplicate: 0, late: 0, dead: 0, deadRecords: 0 }
/** Longer than the session of a process that was killed. */
const EMPTY_MS_MAX = 15_000
const LOOK_MS = 1_000

export type Groups = Pick<Cluster, 'groups' | 'members'>

export const BEFORE_REBUILD = 'Partitioners may go on: what they take waits in the log. Nothing was changed.'

/**
 * Fails with a Fault while processes run that hold counts of the lost keyspace in memory.
 * @param more what else people have to know then
 */
export async function checkNobodyCounts(cluster: Groups, clock: Clock, more: string): Promise<void> {
  const untilMs = clock.nowMs() + EMPTY_MS_MAX
  while (true) {
    // A Kafka that is new has no coordinator for a moment.
    const running = (await again(clock, () => membersByGroup(cluster))).filter(({ members }) => members > 0)
    if (running.length === 0) return
    if (clock.nowMs() >= untilMs) {
      const who = running.map(({ group, members }) => `${group} (${members})`).join(', ')
      throw new Fault(
        `Processes are still in the groups ${who}: stop all of processing, workers and reconcilers, and query ` +
          `services too. They may hold counts of before in memory and would go on from there. ${more}`,
      )
    }
    await clock.sleep(LOOK_MS)
  }
}

export function membersByGroup(cluster: Groups) {
  const { groups } = cluster
  return Promise.all(groups.map(async (group) => ({ group, members: await cluster.members(group) })))
}

/** @param begun null: it begins now */
export async function prepare(
  { counts, rollups, rebuilds }: NewCounts,
  begun: Rebuild | null,
  found: ClusterSurvey,
  clock: Clock,
): Promise<Rebuild> {
  const nowMs = clock.nowMs()
  const rebuild: Rebuild = begun ?? {
    ...{ version: nowMs, begunMs: nowMs, fromMinute: found.fromMinute },
    ...{ isPrepared: false, viewersTo: 0, isDone: false },
  }
  if (begun === null) await rebuilds.writeRebuild(rebuild)
  const { fromMinute: sitesFrom } = rebuild
  await rollups.writeReconciled({ version: rebuild.begunMs, toMinute: 0, exceptHours: [], sitesFrom })
  for (const { sourceId, offset, logTimeMs } of found.beginnings) {
    await counts.writeCheckpoint(sourceId, { offset: offset - 1, logTimeMs, ledger: LEDGER })
  }
  return noted(rebuilds, rebuild, { isPrepared: true }, clock)
}

export async function noted(
  rebuilds: NewCounts['rebuilds'],
  rebuild: Rebuild,
  changes: Partial<Rebuild>,
  clock: Clock,
): Promise<Rebuild> {
  const next = { ...rebuild, ...changes, version: Math.max(clock.nowMs(), rebuild.version + 1) }
  await rebuilds.writeRebuild(next)
  return next
}
