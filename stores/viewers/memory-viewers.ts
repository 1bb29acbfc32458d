// Viewers of one process: a sketch for each video and point in time, so that a crowd takes no more memory than a few
// hundred viewers.

import type { Clock } from '../../lib/clock.ts'
import { HyperLogLog } from '../../model/hyper-log-log.ts'
import { VIEWER_POINT_MS, VIEWER_POINTS, type Viewers } from './viewers.ts'

/** Videos of all tenants that are watched at the same time. About 4 KiB for each popular one. */
export const VIDEOS_MAX = 20_000

/** Of a tenant at a point in time. */
type Watched = { readonly all: HyperLogLog; readonly videos: Map<string, HyperLogLog> }

/** A point in time. */
class Point {
  readonly tenants = new Map<string, Watched>()
  #videos = 0

  /** Fails where there are too many videos, and most of them are of this tenant. */
  beat(tenant: string, videoId: string, viewerId: string): void {
    const watched = this.tenants.get(tenant) ?? { all: new HyperLogLog(), videos: new Map() }
    this.tenants.set(tenant, watched)
    watched.all.add(viewerId)
    const seen = watched.videos.get(videoId)
    if (seen !== undefined) {
      seen.add(viewerId)
      return
    }
    if (this.#videos >= VIDEOS_MAX) this.#makeRoom(watched)
    watched.videos.set(videoId, HyperLogLog.of([viewerId]))
    this.#videos++
  }

  /** Whoever made up many videos, with a key that stands in a page, takes no room from other tenants. */
  #makeRoom(asking: Watched): void {
    let largest = asking
    for (const one of this.tenants.values()) if (one.videos.size > largest.videos.size) largest = one
    if (largest === asking) throw new Error(`more than ${VIDEOS_MAX} videos are watched`)
    const [first] = largest.videos.keys()
    largest.videos.delete(first!)
    this.#videos--
  }
}

export class MemoryViewers implements Viewers {
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #points = new Map<number, Point>()

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock
  }

  async beat(tenant: string, videoId: string, viewerId: string): Promise<void> {
    const at = pointOf(this.#clock.nowMs())
    const point = this.#points.get(at) ?? this.#begin(at)
    point.beat(tenant, videoId, viewerId)
  }

  async countAll(tenant: string): Promise<number> {
    return this.#estimate((point) => point.tenants.get(tenant)?.all)
  }

  async count(tenant: string, videoId: string): Promise<number> {
    return this.#estimate((point) => point.tenants.get(tenant)?.videos.get(videoId))
  }

  #estimate(seenAt: (point: Point) => HyperLogLog | undefined): number {
    const now = pointOf(this.#clock.nowMs())
    const seen = new HyperLogLog()
    for (let at = now; at > now - VIEWER_POINTS; at--) {
      const point = this.#points.get(at)
      const some = point && seenAt(point)
      if (some !== undefined) seen.merge(some)
    }
    return seen.estimate()
  }

  #begin(at: number): Point {
    for (const old of this.#points.keys()) {
      if (old <= at - VIEWER_POINTS || old > at) this.#points.delete(old)
    }
    const point = new Point()
    this.#points.set(at, point)
    return point
  }
}

function pointOf(timeMs: number): number {
  return Math.floor(timeMs / VIEWER_POINT_MS)
}
