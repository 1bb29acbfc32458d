// Removes objects of the overload lane that no message of the log names any more. It reads the underlying log, with
// messages instead of records.
import type { Clock } from '../../../lib/clock.ts'
import { HOUR_MS } from '../../../model/bucket.ts'
import type { ObjectStore } from '../../objects/objects.ts'
import type { Log, Source } from '../log.ts'
import { OVERFLOW_PREFIX } from './reference.ts'

export type SweepDeps = {
  readonly log: Pick<Log, 'sources' | 'bounds' | 'read'>
  readonly objects: Pick<ObjectStore, 'list' | 'remove'>
  readonly clock: Clock
}

const SWEEP_INTERVAL_MS = 3_600_000
/** How much older than its message an object may be: the time of an append plus the difference of clocks. */
const OLDER_MAX_MS = 24 * HOUR_MS

/**
 * Sweeps at intervals until aborted, while `leads` returns true: one process should do it, but several are harmless.
 */
export async function sweepOverflowAtIntervals(
  deps: SweepDeps,
  leads: () => boolean,
  onError: (error: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await deps.clock.sleep(SWEEP_INTERVAL_MS, signal)
    if (signal.aborted) return
    if (leads()) await sweepOverflow(deps).catch(onError)
  }
}

/**
 * Removes objects that are older than the oldest message, and orphans of that age. Objects of abandoned logs stay.
 * Returns how many were removed. Fails with LogError, or with what the store fails with.
 */
export async function sweepOverflow({ log, objects, clock }: SweepDeps): Promise<number> {
  let removed = 0
  for (const source of await log.sources('events-overflow')) {
    const heldFromMs = await oldestHeldMs(log, source, clock.nowMs())
    const found = await objects.list(`${OVERFLOW_PREFIX}${source.id}/`)
    const old = found.filter(({ modifiedMs }) => modifiedMs < heldFromMs - OLDER_MAX_MS)
    await objects.remove(old.map(({ key }) => key))
    removed += old.length
  }
  return removed
}

async function oldestHeldMs(log: SweepDeps['log'], source: Source, nowMs: number): Promise<number> {
  const { startOffset, endOffset } = await log.bounds(source)
  if (startOffset === endOffset) return nowMs
  const { records } = await log.read(source, startOffset, { bytesMax: 1, waitMs: 0 })
  return Math.min(records[0]?.logTimeMs ?? 0, nowMs)
}
