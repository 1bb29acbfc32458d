// Adds the overload lane to the log of a process, on objects that all processes share.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import type { ObjectStore } from '../objects/objects.ts'
import type { ObjectsSettings } from '../objects/objects-settings.ts'
import { openObjects } from '../objects/open-objects.ts'
import type { Log } from './log.ts'
import { OverflowLog } from './overflow/overflow-log.ts'
import { sweepOverflowAtIntervals } from './overflow/sweep.ts'

export type OverflowSettings = {
  /** Null: this process can neither write nor read the lane, and waits if it would have to. */
  readonly overflow: ObjectsSettings | null
  /** Used by this process alone. */
  readonly dataDirectory: string
}

export type OpenedOverflow = {
  /** With the overload lane. */
  readonly log: Log
  readonly overflowObjects: ObjectStore | null
  /** Removes objects that are no longer needed, at intervals until aborted, while `leads` returns true. */
  sweepOverflow(leads: () => boolean, onError: (error: unknown) => void, signal: AbortSignal): Promise<void>
}

export async function openOverflow(
  log: Log,
  { overflow, dataDirectory }: OverflowSettings,
  clock: Clock,
): Promise<OpenedOverflow> {
  const scratch = join(dataDirectory, 'scratch', 'overflow')
  const objects = overflow === null ? null : await openObjects(overflow, scratch, clock)
  return {
    log: new OverflowLog({ log, objects, clock, newName: randomUUID }),
    overflowObjects: objects,
    async sweepOverflow(leads, onError, signal) {
      if (objects !== null) await sweepOverflowAtIntervals({ log, objects, clock }, leads, onError, signal)
    },
  }
}
