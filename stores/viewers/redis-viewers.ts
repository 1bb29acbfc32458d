// Viewers of all processes, in Redis's own sketches: one for each video and point in time, which expires soon after.
// Points follow each process's clock; clocks that differ by less than one point lose no viewer.
import type { Clock } from '../../lib/clock.ts'
import type { RedisCalls } from '../redis/calls.ts'
import { VIEWER_POINT_MS, VIEWER_POINTS, type Viewers, viewerPointOf } from './viewers.ts'
import { WatchedVideos } from './watched-videos.ts'

const PREFIX = 'tally:viewers'
/** In place of a video, names of which are not empty: all of a tenant together. */
const ALL = ''
const TTL_MS = (VIEWER_POINTS + 1) * VIEWER_POINT_MS

export class RedisViewers implements Viewers {
  readonly #calls: Pick<RedisCalls, 'run'>
  readonly #clock: Pick<Clock, 'nowMs'>
  /** What this process has put into Redis at the newest point: a tenant that makes up videos is not to fill it. */
  #put = { at: 0, videos: new WatchedVideos<true>() }

  constructor(calls: Pick<RedisCalls, 'run'>, clock: Pick<Clock, 'nowMs'>) {
    this.#calls = calls
    this.#clock = clock
  }

  async beat(tenant: string, videoId: string, viewerId: string): Promise<void> {
    this.#takeRoom(tenant, videoId)
    const add = ([key]: readonly string[]) =>
      this.#calls.run((redis) => redis.multi().pfadd(key!, viewerId).pexpire(key!, TTL_MS).exec())
    await Promise.all([add(this.#keys(tenant, videoId)), add(this.#keys(tenant, ALL))])
  }

  countAll(tenant: string): Promise<number> {
    return this.count(tenant, ALL)
  }

  count(tenant: string, videoId: string): Promise<number> {
    const keys = this.#keys(tenant, videoId)
    return this.#calls.run((redis) => redis.pfcount(...keys))
  }

  #takeRoom(tenant: string, videoId: string): void {
    const at = this.#point()
    if (this.#put.at !== at) this.#put = { at, videos: new WatchedVideos() }
    const { videos } = this.#put
    if (videos.get(tenant, videoId) === undefined) videos.add(tenant, videoId, true)
  }

  #point(): number {
    return viewerPointOf(this.#clock.nowMs())
  }

  /** The newest point first. */
  #keys(tenant: string, videoId: string): string[] {
    const now = this.#point()
    return Array.from({ length: VIEWER_POINTS }, (_, i) => `${PREFIX}:{${tenant}\t${videoId}}:${now - i}`)
  }
}
