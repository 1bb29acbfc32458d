// Where an event belongs, by the layouts of its minute. Pure.
import type { Event } from '../../model/event.ts'
import type { Layout } from '../../model/layout.ts'
import { overflows, route } from '../../model/route.ts'
import type { PlacedEvent } from './gather.ts'

/** What the front door decides when an event arrives; the layout of its minute may choose the overload lane. */
export type FirstLane = 'events' | 'events-late'

/** More than the minutes that an event may be ahead, so that no two of those share a queue. */
const QUEUES = 64

export function placeOf(first: FirstLane, event: Event, layouts: readonly Layout[]): PlacedEvent {
  const lane = first === 'events' && overflows(layouts, event) ? 'events-overflow' : first
  return { lane, partition: route(layouts, event), event }
}

/** The queue of the spool in which the events of a minute wait, so that those of a later minute hold back none. */
export function queueOf(minute: number): number {
  return minute % QUEUES
}
