// Viewers of one process: a sketch for each video and point in time, so that a crowd takes no more memory than a few
// hundred viewers.

import type { Clock } from '../../lib/clock.ts'
import { HyperLogLog } from '../../model/hyper-log-log.ts'
import { VIEWER_POINT_MS, VIEWER_POINTS, type Viewers } from './viewers.ts'

/**
 * Videos that are watched at the same time; beyond this, further ones are not recorded. About 4 KiB for each popular
 * one.
 */
const VIDEOS_MAX = 20_000
/** Names of videos are not empty. */
const ALL = ''

export class MemoryViewers implements Viewers {
  readonly #clock: Pick<Clock, 'nowMs'>
  /** point → tenant and video → sketch of viewers; that of all videos of a tenant is under ALL. */
  readonly #points = new Map<number, Map<string, HyperLogLog>>()

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock
  }

  async beat(tenant: string, videoId: string, viewerId: string): Promise<void> {
    const point = pointOf(this.#clock.nowMs())
    const videos = this.#points.get(point) ?? this.#begin(point)
    for (const key of [keyOf(tenant, ALL), keyOf(tenant, videoId)]) {
      const seen = videos.get(key)
      if (seen !== undefined) seen.add(viewerId)
      else if (videos.size < VIDEOS_MAX) videos.set(key, HyperLogLog.of([viewerId]))
      else throw new Error(`more than ${VIDEOS_MAX} videos are watched`)
    }
  }

  async countAll(tenant: string): Promise<number> {
    return this.count(tenant, ALL)
  }

  async count(tenant: string, videoId: string): Promise<number> {
    const now = pointOf(this.#clock.nowMs())
    const seen = new HyperLogLog()
    for (let point = now; point > now - VIEWER_POINTS; point--) {
      const some = this.#points.get(point)?.get(keyOf(tenant, videoId))
      if (some !== undefined) seen.merge(some)
    }
    return seen.estimate()
  }

  #begin(point: number): Map<string, HyperLogLog> {
    for (const old of this.#points.keys()) {
      if (old <= point - VIEWER_POINTS || old > point) this.#points.delete(old)
    }
    const videos = new Map<string, HyperLogLog>()
    this.#points.set(point, videos)
    return videos
  }
}

function pointOf(timeMs: number): number {
  return Math.floor(timeMs / VIEWER_POINT_MS)
}

/** Ids hold no control characters. */
function keyOf(tenant: string, videoId: string): string {
  return `${tenant}\t${videoId}`
}
