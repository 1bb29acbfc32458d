// How the events of the product's own probe are known (reconciler/weak-audit.ts). They take the way of everybody's
// events and are counted like them, so that a right answer about them means something; but they are nobody's views, so
// they are kept out of every number, list and file that is about users. Pure.
//
// The name is reserved, with every tenant: whoever counts events of this type of this video has them left out too, and
// can do no other harm. Asked for by name they are answered like any others.
import type { Series } from './bucket.ts'

export const PROBE_SERIES = { videoId: 'tally.probe', type: 'probe' } as const

export function isProbe({ videoId, type }: Pick<Series, 'videoId' | 'type'>): boolean {
  return type === PROBE_SERIES.type && videoId === PROBE_SERIES.videoId
}
