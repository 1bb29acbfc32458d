// A second chance for an event whose time came from a wrong clock.
import { type CaptureRules, type TallyEvent, utf8Bytes } from '../event.ts'
import type { Item } from './event-queue.ts'
import type { EventStore } from './event-store.ts'

/**
 * An event that was refused for the time that this machine's clock gave it, with the time by the server's clock and the
 * same id; null where that changes nothing. Once for each, and only where it is certain that it is not stored under
 * the old time: under two times an event would be two. So the store changes, too, before it is sent again.
 */
export function mendTime(item: Item, rules: CaptureRules, store: EventStore | undefined): Item | null {
  if (item.clockMs === undefined) return null
  const timeMs = item.clockMs + rules.offsetMs
  if (timeMs === item.timeMs) return null
  const json = JSON.stringify({ ...JSON.parse(item.json), time: timeMs })
  const key = store?.keep(json)
  store?.forget(item.key!)
  return { ...item, json, bytes: utf8Bytes(json), key, clockMs: undefined, timeMs }
}

/** The event's own time in epoch milliseconds; `nowMs` where it cannot be read. */
export const timeMsOf = ({ time = 0 }: TallyEvent, nowMs: number): number =>
  +(typeof time === 'string' ? new Date(time) : time) || nowMs
