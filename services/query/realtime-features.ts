// What moves, for a query service of the cluster: live counts, top lists and viewers, as far as there is a Redis, and
// how many different viewers there were.
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { NO_CHANGES } from '../../stores/changes/no-changes.ts'
import { RedisChangeSubscriber } from '../../stores/changes/redis-changes.ts'
import { RedisCalls } from '../../stores/redis/calls.ts'
import { openRedis } from '../../stores/redis/connection.ts'
import { NO_TOPS } from '../../stores/tops/no-tops.ts'
import { RedisTops } from '../../stores/tops/redis-tops.ts'
import type { Uniques } from '../../stores/uniques/uniques.ts'
import { MemoryViewers } from '../../stores/viewers/memory-viewers.ts'
import { RedisViewers } from '../../stores/viewers/redis-viewers.ts'
import type { QueryDeps } from './deps.ts'
import { LiveCounts, type LiveCountsDeps } from './live/live-counts.ts'
import { liveMetrics } from './live/live-metrics.ts'
import { registerLive } from './live/live-route.ts'
import type { QuerySettings } from './settings.ts'
import { registerTops } from './tops/top-route.ts'
import { registerUniques } from './uniques.ts'
import { registerViewers } from './viewers.ts'

type MovingDeps = QueryDeps & Pick<LiveCountsDeps, 'recent'> & { readonly uniques: Uniques }

/** Returns what lets go of the connections to Redis, which are its own. */
export function registerMoving(
  app: FastifyInstance,
  registry: Registry,
  { redis: redisSettings, keys, live, aheadMs }: QuerySettings,
  deps: MovingDeps,
): () => void {
  const { clock, checkpoints, uniques, lastKnown, rate } = deps
  const open = (name: string) => (redisSettings === null ? null : openRedis({ ...redisSettings, name }))
  const [redis, listening] = [open('tally-query-lists'), open('tally-query-news')]
  const calls = redis === null ? null : new RedisCalls(redis, clock)
  const tops = calls === null ? NO_TOPS : new RedisTops({ calls, checkpoints, aheadMs })
  registerTops(app, { ...deps, tops })
  const viewers = calls === null ? new MemoryViewers(clock) : new RedisViewers(calls, clock)
  registerViewers(app, { viewers, keys, clock, rate })
  const changes = listening === null ? NO_CHANGES : new RedisChangeSubscriber(listening)
  const metrics = liveMetrics(registry)
  const counts = new LiveCounts({ ...deps, past: deps.counts, changes, viewers, metrics })
  registerLive(app, { counts, keys, limits: live, rate, metrics })
  registerUniques(app, { uniques, keys, clock, lastKnown, rate })
  return () => {
    redis?.disconnect()
    listening?.disconnect()
  }
}
