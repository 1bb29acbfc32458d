// Waits until processing has counted what the log held, and the reconcilers have recounted the hours that had closed.
import type { Clock } from '../../../lib/clock.ts'
import { closedTo, completeFrom, isClosed } from '../../../services/reconciler/recount/due-hours.ts'
import type { Rebuild } from '../../../stores/counts/rebuilds.ts'
import type { HourAudit } from '../../../stores/counts/rollups.ts'
import { COUNTED_LANES, type SourceEnd } from '../../../stores/log/log.ts'
import type { Cluster, ClusterSettings, NewCounts } from './cluster.ts'
import { membersByGroup } from './prepare.ts'

export type Progress = {
  readonly recordsLeft: number
  readonly records: number
  readonly hoursDone: number
  readonly hours: number
  /** Groups without a process, so that something is not being counted. */
  readonly idleGroups: readonly string[]
}

type Settings = ClusterSettings & Pick<Required<Rebuild>, 'recountTo'>

const LOOK_MS = 2_000

/** Returns the audits of the hours. Fails as the cluster does. */
export async function untilCounted(
  cluster: Cluster,
  stores: NewCounts,
  settings: Settings,
  clock: Clock,
  onProgress: (progress: Progress) => void,
): Promise<readonly HourAudit[]> {
  const ends = (await Promise.all(COUNTED_LANES.map((lane) => cluster.log.ends(lane)))).flat()
  const hours = await closedHours(cluster, settings, clock)
  let records: number | null = null
  while (true) {
    const recordsLeft = await left(cluster, stores, ends)
    records ??= recordsLeft
    const audits = await auditsOf(stores, hours)
    onProgress({
      ...{ recordsLeft, records, hoursDone: audits.length, hours: hours.length },
      idleGroups: await idleGroups(cluster),
    })
    if (recordsLeft === 0 && audits.length === hours.length) return audits
    await clock.sleep(LOOK_MS)
  }
}

/** Hours of which raw events are held, that are closed by the clock or waited for, and will be recounted. */
async function closedHours(
  { archive }: Cluster,
  settings: Settings,
  clock: Clock,
): Promise<readonly number[]> {
  const checkpoints = Array.from((await archive.checkpoints()).values())
  const missingBeforeMs = checkpoints.reduce((latest, one) => Math.max(latest, one.missingBeforeMs), 0)
  const from = completeFrom(missingBeforeMs, settings)
  const to = Math.max(closedTo(clock.nowMs(), settings), settings.recountTo)
  const held = (await archive.holdings()).map(({ hour }) => hour)
  return held.filter((hour) => hour >= from && isClosed(hour, to))
}

async function left({ log }: Cluster, { counts }: NewCounts, ends: readonly SourceEnd[]): Promise<number> {
  const checkpoints = await counts.checkpoints()
  let records = 0
  for (const { source, endOffset } of ends) {
    const next = (checkpoints.get(source.id)?.offset ?? -1) + 1
    if (next >= endOffset) continue
    const { startOffset } = await log.bounds(source)
    records += Math.max(0, endOffset - Math.max(next, startOffset))
  }
  return records
}

async function auditsOf({ rollups }: NewCounts, hours: readonly number[]): Promise<readonly HourAudit[]> {
  if (hours.length === 0) return []
  const wanted = new Set(hours)
  const audits = await rollups.readHours(hours[0]!, hours.at(-1)! + 1)
  return audits.filter(({ hour, beforeMinute }) => wanted.has(hour) && isClosed(hour, beforeMinute))
}

/** The overload lane needs workers only where it is used. */
async function idleGroups(cluster: Cluster): Promise<readonly string[]> {
  const [counting, archiving] = await membersByGroup(cluster)
  return [counting!, archiving!].filter(({ members }) => members === 0).map(({ group }) => group)
}
