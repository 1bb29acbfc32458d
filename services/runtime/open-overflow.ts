// Gives the log of a process its overload lane, on objects that all processes share.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { OverflowLog } from '../adapters/log/overflow/overflow-log.ts'
import { sweepOverflowAtIntervals } from '../adapters/log/overflow/sweep.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { ObjectsSettings } from '../settings/objects-settings.ts'
import { openObjects } from './open-objects.ts'

export type OverflowSettings = {
  /** Null: this process can neither write the lane nor read it, and waits where it would have to. */
  readonly overflow: ObjectsSettings | null
  /** Of this process alone. */
  readonly dataDirectory: string
}

export type OpenedOverflow = {
  readonly log: Log
  /** Removes objects that are needed no more, at intervals until aborted, while `leads` says so. */
  sweep(leads: () => boolean, onError: (error: unknown) => void, signal: AbortSignal): Promise<void>
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
    async sweep(leads, onError, signal) {
      if (objects !== null) await sweepOverflowAtIntervals({ log, objects, clock }, leads, onError, signal)
    },
  }
}
