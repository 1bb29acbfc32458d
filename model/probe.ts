// How to recognise the events of the product's own probe (reconciler/weak-audit-probe.ts). They go through the same
// stages as all events and are counted like them, so that a right answer about them proves something. But they are no
// user's views, so they are left out of every number, list and file that is about users. Pure.
//
// The name is reserved for every tenant. Events that a user sends with this type and video are left out too, and do
// no other harm. A query for this name is answered like any other.
import type { Series } from './bucket.ts'

export const PROBE_SERIES = { videoId: 'tally.probe', type: 'probe' } as const

export function isProbe({ videoId, type }: Pick<Series, 'videoId' | 'type'>): boolean {
  return type === PROBE_SERIES.type && videoId === PROBE_SERIES.videoId
}
