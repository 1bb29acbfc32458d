// Viewers of one process: a sketch for each video and point in time, so that a crowd takes no more memory than a few
// hundred viewers.

import type { Clock } from '../../lib/clock.ts'
import { HyperLogLog } from '../../model/hyper-log-log.ts'
import { VIEWER_POINTS, type Viewers, viewerPointOf } from './viewers.ts'
import { WatchedVideos } from './watched-videos.ts'

/** A point in time. About 4 KiB for each popular video. */
class Point {
  /** Of all videos of a tenant together. */
  readonly all = new Map<string, HyperLogLog>()
  readonly videos = new WatchedVideos<HyperLogLog>()

  /** Fails where there are too many videos, and most of them are of this tenant. */
  beat(tenant: string, videoId: string, viewerId: string): void {
    this.all.getOrInsertComputed(tenant, () => new HyperLogLog()).add(viewerId)
    const seen = this.videos.get(tenant, videoId)
    if (seen === undefined) this.videos.add(tenant, videoId, HyperLogLog.of([viewerId]))
    else seen.add(viewerId)
  }
}

export class MemoryViewers implements Viewers {
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #points = new Map<number, Point>()

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock
  }

  async beat(tenant: string, videoId: string, viewerId: string): Promise<void> {
    const at = viewerPointOf(this.#clock.nowMs())
    const point = this.#points.get(at) ?? this.#begin(at)
    point.beat(tenant, videoId, viewerId)
  }

  async countAll(tenant: string): Promise<number> {
    return this.#estimate((point) => point.all.get(tenant))
  }

  async count(tenant: string, videoId: string): Promise<number> {
    return this.#estimate((point) => point.videos.get(tenant, videoId))
  }

  #estimate(seenAt: (point: Point) => HyperLogLog | undefined): number {
    const now = viewerPointOf(this.#clock.nowMs())
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
