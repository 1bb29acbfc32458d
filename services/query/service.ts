// Composes a query service: reads Cassandra through a cache, and tells how far the counts have come from the log.
import { registerOpenApi } from '../../schemas/openapi.ts'
import { guardedReader } from '../adapters/breaker/guarded-counts.ts'
import { RedisCalls } from '../adapters/cache/redis/calls.ts'
import { openRedis } from '../adapters/cache/redis/connection.ts'
import { RedisCache } from '../adapters/cache/redis/redis-cache.ts'
import { openCassandraCounts } from '../adapters/counts/cassandra/open-cassandra-counts.ts'
import { registerOperations } from '../http/operations.ts'
import { countsBreaker } from '../process/counts-breaker.ts'
import { listeningUrl } from '../process/listening-url.ts'
import { retryLogger } from '../process/logging.ts'
import { openLog } from '../process/open-log.ts'
import { openServer } from '../process/open-server.ts'
import type { Running } from '../process/run.ts'
import { systemClock } from '../process/system-clock.ts'
import { CACHE_SETTINGS, CachedReader } from './cached-reader.ts'
import { cacheMetrics, queryMetrics } from './metrics.ts'
import { Progress } from './progress.ts'
import { registerQueries } from './routes.ts'
import type { QuerySettings } from './settings.ts'

const PROGRESS_INTERVAL_MS = 250

/** Waits for Kafka and Cassandra, then listens. */
export async function startQuery(settings: QuerySettings, signal: AbortSignal): Promise<Running> {
  const clock = systemClock
  const { app, registry } = openServer(settings)
  const onRetry = retryLogger(app.log)
  const kafka = await openLog(settings.kafka, 'tally-query', clock, onRetry, signal)
  const counts = await openCassandraCounts(settings.cassandra, {
    clock,
    random: Math.random,
    onRetry,
    signal,
  })
  const checkpoints = () => counts.checkpoints()
  const onError = (error: unknown) =>
    app.log.warn({ err: error }, 'could not tell how far the counts have come')
  const progress = new Progress({ log: kafka.log, checkpoints, clock, onError })
  await progress.look().catch(onError)
  const following = new AbortController()
  const followed = progress.follow(PROGRESS_INTERVAL_MS, following.signal)
  const breaker = countsBreaker(registry, app.log)
  const redis = settings.redis === null ? null : openRedis({ ...settings.redis, name: 'tally-query' })
  const reader = new CachedReader(
    {
      counts: guardedReader(counts, breaker),
      shared: redis === null ? null : new RedisCache(new RedisCalls(redis, clock)),
      clock,
      random: Math.random,
      progress: () => progress,
      metrics: cacheMetrics(registry),
    },
    { ...CACHE_SETTINGS, horizonMs: settings.horizonMs },
  )
  registerQueries(app, {
    counts: reader,
    clock,
    keys: settings.keys,
    progress: () => progress,
    checkpoints,
    metrics: queryMetrics(registry),
  })
  registerOpenApi(app)
  registerOperations(app, { registry, notReady: () => null })
  await app.listen({ host: settings.host, port: settings.port })
  return {
    url: listeningUrl(app, settings.host),
    async stop() {
      await app.close()
      following.abort()
      await followed
      await kafka.close()
      await counts.close()
      breaker.close()
      redis?.disconnect()
    },
  }
}
