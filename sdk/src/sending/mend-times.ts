// A second chance for events whose time came from a wrong clock.
import type { Outcome } from '../attempt.ts'
import type { Captured, TallyEvent } from '../event.ts'
import type { Item } from './event-queue.ts'
import type { EventStore } from './event-store.ts'
import type { Flight } from './send-state.ts'

/** The event by a clock that was mended since; null where that changes nothing. */
export type Recapture = (event: TallyEvent, clockMs: number) => Captured | null

const MISPLACED: readonly string[] = ['time_in_future', 'time_too_old']
const NONE: ReadonlyMap<number, Item> = new Map()

/**
 * By place in the request, the events that were refused for a time that this machine's clock gave them, with the
 * time by the server's clock and the same id. Once for each, and only where it is certain that none is stored under
 * the old time: under two times an event would be two. So the store changes, too, before the event is sent again.
 */
export function mendTimes(
  flight: Flight,
  outcome: Outcome,
  recapture: Recapture,
  store: EventStore | undefined,
): ReadonlyMap<number, Item> {
  if (outcome.kind !== 'answered' || outcome.rejected.length === 0) return NONE
  const mended = new Map<number, Item>()
  for (const { index, code } of outcome.rejected) {
    const item = flight.items[index]!
    if (item.clockMs === undefined || !MISPLACED.includes(code)) continue
    const again = recapture(JSON.parse(item.json), item.clockMs)
    if (again === null || again.json === item.json) continue
    const { json, bytes, event } = again
    const key = store?.keep(json)
    if (item.key !== undefined) store?.forget(item.key)
    mended.set(index, { ...item, json, bytes, key, clockMs: undefined, timeMs: timeMsOf(event, item.timeMs) })
  }
  return mended
}

/** The event's own time in epoch milliseconds; `nowMs` where it cannot be read. */
export function timeMsOf({ time }: TallyEvent, nowMs: number): number {
  const timeMs = typeof time === 'number' ? time : new Date(time ?? nowMs).getTime()
  return Number.isNaN(timeMs) ? nowMs : timeMs
}
