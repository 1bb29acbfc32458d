// Composes a query service: reads Cassandra through a cache, and tells how far the counts have come from the log.
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { allowOrigins } from '../../lib/http/cross-origin.ts'
import { openServer } from '../../lib/http/open-server.ts'
import { registerOperations } from '../../lib/http/operations.ts'
import { QueryRate } from '../../lib/http/query-rate.ts'
import { listeningUrl } from '../../lib/listening-url.ts'
import { behindLogger, retryLogger } from '../../lib/logging.ts'
import type { Running } from '../../lib/run-process.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { countsBreaker } from '../../stores/backing/counts-breaker.ts'
import { openCassandraStores } from '../../stores/backing/open-cassandra-stores.ts'
import { RedisCache } from '../../stores/cache/redis/redis-cache.ts'
import { openLog, openLogNaming } from '../../stores/log/open-log.ts'
import { Progress } from '../../stores/log/progress.ts'
import { RedisCalls } from '../../stores/redis/calls.ts'
import { openRedis } from '../../stores/redis/connection.ts'
import { registerDashboard } from '../dashboard/dashboard.ts'
import { cassandraQueries } from './cassandra-queries.ts'
import { ClockWatch } from './clock-watch.ts'
import type { QueryDeps } from './deps.ts'
import { cacheMetrics, clockMetrics, countStale, queryMetrics } from './query-metrics.ts'
import { registerQueries } from './query-routes.ts'
import { registerMoving } from './realtime-features.ts'
import { ReconciledWatch } from './reconciled-watch.ts'
import type { QuerySettings } from './settings.ts'
import { openSideServices } from './side-services.ts'

/** As the batch layer has it. */
const CLOCK_SKEW_MS = 120_000
const PROGRESS_INTERVAL_MS = 250
const RECONCILED_INTERVAL_MS = 1_000

/** Serves the description of the HTTP contract, of which the queries are a part. */
type Describe = (app: FastifyInstance, keysAreOn: boolean) => void

/** Waits for Kafka and Cassandra, then listens. */
export async function startQuery(
  settings: QuerySettings,
  describe: Describe,
  signal: AbortSignal,
): Promise<Running> {
  const clock = systemClock
  const { app, registry } = openServer(settings)
  const onRetry = retryLogger(app.log)
  const kafka = await openLog(settings.kafka, 'tally-query', clock, onRetry, signal)
  const reaching = { clock, random: Math.random, onRetry, signal }
  const naming = await openLogNaming(kafka, settings.kafka, clock, onRetry, signal)
  const stores = await openCassandraStores(settings.cassandra, reaching)
  const checkpoints = () => stores.counts.checkpoints()
  const onError = (error: unknown) =>
    app.log.warn({ err: error }, 'could not tell how far the counts have come')
  const onUnknown = (error: unknown) => app.log.warn({ err: error }, 'could not tell what is recounted')
  const progress = new Progress({ log: kafka.log, checkpoints, clock, onError })
  await progress.look().catch(onError)
  const breaker = countsBreaker(registry, app.log, () => stores.counts.checkpoints())
  const reconciled = await ReconciledWatch.begin(
    { rollups: stores.rollups, clock, intervalMs: RECONCILED_INTERVAL_MS, onError: onUnknown },
    signal,
  )
  const redis = settings.redis === null ? null : openRedis({ ...settings.redis, name: 'tally-query' })
  const shared = redis === null ? null : new RedisCache(new RedisCalls(redis, clock))
  const { retention } = settings.cassandra
  const { horizonMs } = settings
  const { recent, uniques, ...stored } = cassandraQueries(stores, {
    ...{ clock, breaker, reconciled, shared, retention, horizonMs },
    progress: () => progress,
    metrics: cacheMetrics(registry),
    onStale: countStale(registry),
  })
  allowOrigins(app, settings.allowedOrigins)
  const rate = new QueryRate(settings.rate, clock)
  const side = await openSideServices({ app, registry }, settings, kafka, naming, stores.journal, rate)
  const clockWatch = watchClock(registry, progress, stored.coverage, app.log)
  const unfollow = follow(progress, reconciled, clockWatch)
  const queries = {
    ...stored,
    vouched: () => clockWatch.look(),
    clock,
    keys: settings.keys,
    adminKeys: settings.adminKeys,
    rate,
    videos: side.videos,
    metrics: queryMetrics(registry),
  }
  registerQueries(app, queries)
  const disconnect = registerMoving(app, registry, settings, { ...queries, recent, uniques })
  describe(app, settings.keys.length > 0)
  registerDashboard(app)
  registerOperations(app, { registry, notReady: () => null })
  await app.listen({ host: settings.host, port: settings.port })
  return {
    url: listeningUrl(app, settings.host),
    async stop() {
      await app.close()
      await unfollow()
      await side.close()
      await kafka.close()
      await stores.close()
      breaker.close()
      redis?.disconnect()
      disconnect()
    },
  }
}

function watchClock(
  registry: Registry,
  progress: Progress,
  coverage: QueryDeps['coverage'],
  logger: FastifyBaseLogger,
): ClockWatch {
  const onBehind = behindLogger(logger)
  const asOfMs = () => progress.asOfMs
  const nowMs = () => systemClock.nowMs()
  const watch = new ClockWatch({ nowMs, asOfMs, coverage, skewMs: CLOCK_SKEW_MS, onBehind })
  clockMetrics(registry, watch)
  return watch
}

function follow(
  progress: Progress,
  reconciled: ReconciledWatch,
  clockWatch: ClockWatch,
): () => Promise<void> {
  const following = new AbortController()
  const followed = [
    progress.follow(PROGRESS_INTERVAL_MS, following.signal),
    reconciled.follow(following.signal),
    clockWatch.follow(systemClock, PROGRESS_INTERVAL_MS, following.signal),
  ]
  return async () => {
    following.abort()
    await Promise.all(followed)
  }
}
