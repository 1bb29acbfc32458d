// The moment of a backup: where the log ended. Everything before is waited for, until it is archived, and counted too,
// because what cannot be counted becomes a dead letter. Then the log itself is not needed any more.
import type { Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/fault.ts'
import { hourOf, MINUTE_MS, minuteOf } from '../../../model/bucket.ts'
import { type ClosingRule, closedTo } from '../../../services/reconciler/recount/due-hours.ts'
import { readCheckpoints } from '../../../stores/archive/duckdb/checkpoints.ts'
import type { Manifest } from '../../../stores/backup/manifest.ts'
import { COUNTED_LANES, EVENT_LANES, type Lane, sourcesOf } from '../../../stores/log/log.ts'
import { handedOver, isSilent } from '../../../stores/watermarks/watermarks.ts'
import { again } from './again.ts'
import type { CopiedCluster } from './cluster.ts'

export type Moment = {
  readonly takenMs: number
  /** Minutes before this one get no more events from the stream. */
  readonly closedTo: number
  /** Everything that was acknowledged before is in the log before the ends, unless it is on an unheard disk. */
  readonly asOfMs: number
  readonly unheard: number
  readonly sources: Manifest['sources']
}

type Ends = Pick<CopiedCluster, 'log' | 'disks'> & { readonly batch: ClosingRule }
type Kept = Pick<CopiedCluster, 'objects'> & { readonly stores: Pick<CopiedCluster['stores'], 'counts'> }

const LOOK_MS = 1_000
const WAIT_MS_MAX = 30 * MINUTE_MS

/** Fails with LogError. */
export async function takeMoment({ log, disks, batch }: Ends, clock: Clock): Promise<Moment> {
  const known = await disks() // before the ends: what they speak of is in the log by then
  const takenMs = clock.nowMs()
  const { upToMs } = handedOver(known, Number.POSITIVE_INFINITY, takenMs)
  const unheard = known.values().filter((disk) => isSilent(disk, takenMs))
  const sources: Manifest['sources'][number][] = []
  for (const source of await sourcesOf(log, EVENT_LANES)) {
    const { id, lane, partition } = source
    sources.push({ id, lane, partition, ...(await log.bounds(source)) })
  }
  const asOfMs = Math.min(takenMs, upToMs)
  return {
    ...{ takenMs, asOfMs, closedTo: closedTo(takenMs, batch) },
    ...{ unheard: unheard.toArray().length, sources },
  }
}

/** Fails with a Fault where that takes too long. */
export async function untilKept(
  { objects, stores }: Kept,
  { sources }: Pick<Moment, 'sources'>,
  clock: Clock,
  onLeft: (what: string) => void,
): Promise<void> {
  const untilMs = clock.nowMs() + WAIT_MS_MAX
  while (true) {
    const archived = await again(clock, () => readCheckpoints(objects))
    const counted = await again(clock, () => stores.counts.checkpoints())
    const unarchived = sources.filter(({ id, ...bounds }) =>
      isLeft(bounds, archived.get(id)?.nextOffset ?? 0),
    )
    const uncounted = sources.filter(({ id, lane, ...bounds }) => {
      return COUNTED_LANES.includes(lane as Lane) && isLeft(bounds, (counted.get(id)?.offset ?? -1) + 1)
    })
    if (unarchived.length + uncounted.length === 0) return
    const what = `${unarchived.length} sources are to be archived, ${uncounted.length} to be counted`
    if (clock.nowMs() >= untilMs) {
      throw new Fault(
        `After ${WAIT_MS_MAX / MINUTE_MS} minutes not everything is kept that the log held: ${what}. ` +
          'Look at the reconcilers and at processing: GET /health/ready says why they stand still.',
      )
    }
    onLeft(what)
    await clock.sleep(LOOK_MS)
  }
}

function isLeft(bounds: { readonly startOffset: number; readonly endOffset: number }, next: number): boolean {
  return Math.max(next, bounds.startOffset) < bounds.endOffset
}

/**
 * The hour of the moment. Archives may hold events of later ones, which somebody dated by a wrong clock: nobody can
 * wait until such an hour has closed, because that may take years.
 * @param aheadMs how much later than its log time an event may be
 */
export function lastHourOf(takenMs: number, aheadMs: number): number {
  return hourOf(minuteOf(takenMs + aheadMs))
}
