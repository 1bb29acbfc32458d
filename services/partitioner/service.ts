// Composes a partitioner on Kafka, with a spool on its own disk for when Kafka is away.
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openServer } from '../../lib/http/open-server.ts'
import { registerOperations } from '../../lib/http/operations.ts'
import { listeningUrl } from '../../lib/listening-url.ts'
import { retryLogger } from '../../lib/logging.ts'
import { keepPrivate } from '../../lib/private-files.ts'
import type { Running } from '../../lib/run-process.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { openKafkaLayouts } from '../../stores/log/kafka/kafka-layouts.ts'
import { openLog, openLogNaming } from '../../stores/log/open-log.ts'
import { openOverflow } from '../../stores/log/open-overflow.ts'
import { watchSpool } from '../../stores/log/spool/spool-metrics.ts'
import { spooledLog } from '../../stores/log/spool/spooled-log.ts'
import { LocalRateLimit, type RateLimit } from '../../stores/rate-limit/rate-limit.ts'
import { RedisRateLimit } from '../../stores/rate-limit/redis-rate-limit.ts'
import { RedisCalls } from '../../stores/redis/calls.ts'
import { openRedis } from '../../stores/redis/connection.ts'
import { registerEvents } from './events-route.ts'
import { prometheusMetrics } from './partitioner-metrics.ts'
import type { PartitionerSettings } from './settings.ts'

/** Waits for Kafka, then listens. */
export async function startPartitioner(settings: PartitionerSettings, signal: AbortSignal): Promise<Running> {
  const clock = systemClock
  const { app, registry } = openServer(settings)
  const own = ['spool', 'scratch'].map((folder) => join(settings.dataDirectory, folder))
  await keepPrivate(own, app.log)
  const onRetry = retryLogger(app.log)
  const kafka = await openLog(settings.kafka, 'tally-partitioner', clock, onRetry, signal)
  const { sourcesFromMs } = await openLogNaming(kafka, settings.kafka, clock, onRetry, signal)
  const layouts = await openKafkaLayouts({
    client: kafka.client,
    clock,
    prefix: settings.kafka.prefix,
    aheadMs: settings.limits.aheadMs,
    newProposalId: randomUUID,
    onRefreshFailed: (error) => app.log.warn({ err: error }, 'could not read the layouts'),
  })
  const overflow = await openOverflow(kafka.log, settings, clock)
  const spool = join(settings.dataDirectory, 'spool')
  await mkdir(spool, { recursive: true })
  const log = await spooledLog({
    log: overflow.log,
    directory: spool,
    clock,
    bytesMax: settings.spoolBytesMax,
    appendTimeoutMs: settings.appendTimeoutMs,
    random: Math.random,
    onRetry: ({ id }, attempt, error) => onRetry(`hand spooled events on to ${id}`, attempt, error),
  })
  const redis = settings.redis === null ? null : openRedis({ ...settings.redis, name: 'tally-partitioner' })
  watchSpool(registry, () => log.state(), clock.nowMs)
  registerEvents(app, {
    log,
    layouts,
    clock,
    keys: settings.keys,
    limits: settings.limits,
    sourcesFromMs,
    metrics: prometheusMetrics(registry),
    rateLimit: rateLimit(settings, redis === null ? null : new RedisCalls(redis, clock)),
  })
  registerOperations(app, { registry, notReady: () => null })
  await app.listen({ host: settings.host, port: settings.port })
  return {
    url: listeningUrl(app, settings.host),
    async stop() {
      await app.close()
      await log.close()
      await layouts.close()
      await kafka.close()
      redis?.disconnect()
    },
  }
}

/** Shared by all partitioners where there is Redis. */
function rateLimit({ limits }: PartitionerSettings, calls: RedisCalls | null): RateLimit {
  const local = new LocalRateLimit(limits.eventsPerSecondMax, systemClock)
  if (calls === null || limits.eventsPerSecondMax === null) return local
  return new RedisRateLimit(calls, limits.eventsPerSecondMax, local)
}
