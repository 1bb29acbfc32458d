// Composes the batch layer on real servers. Its processes share the sources through a consumer group; the one that has
// the first partition recounts.
import { join } from 'node:path'
import { createClient } from '@tally/sdk'
import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import { openServer } from '../../lib/http/open-server.ts'
import { registerOperations } from '../../lib/http/operations.ts'
import { QueryRate } from '../../lib/http/query-rate.ts'
import { listeningUrl } from '../../lib/listening-url.ts'
import { retryLogger } from '../../lib/logging.ts'
import { keepPrivate } from '../../lib/private-files.ts'
import type { Running } from '../../lib/run-process.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { keptAt } from '../../model/retention.ts'
import type { ArchiveKeeper } from '../../stores/archive/archive.ts'
import { csvToParquet } from '../../stores/archive/duckdb/csv-to-parquet.ts'
import { type CassandraStores, openCassandraStores } from '../../stores/backing/open-cassandra-stores.ts'
import { type ToldCounts, toldCounts } from '../../stores/backing/told-counts.ts'
import { RedisCache } from '../../stores/cache/redis/redis-cache.ts'
import type { CountWriter } from '../../stores/counts/counts.ts'
import { type OpenedLog, openLog, openLogNaming } from '../../stores/log/open-log.ts'
import { openOverflow } from '../../stores/log/open-overflow.ts'
import { Progress } from '../../stores/log/progress.ts'
import { OWNERSHIPS } from '../../stores/ownership/kafka-ownership.ts'
import { RedisCalls } from '../../stores/redis/calls.ts'
import { openRedis } from '../../stores/redis/connection.ts'
import { kafkaVideoRemover } from '../../stores/videos/kafka-videos.ts'
import { CACHE_SETTINGS } from '../query/cached-reader.ts'
import { forget } from '../query/forget.ts'
import { StitchedReader } from '../query/stitched-reader.ts'
import { registerBatch } from './admin-routes.ts'
import { AssignedSources } from './assigned-sources.ts'
import { BatchLayer, writtenBy } from './batch-layer.ts'
import { Exports } from './exports.ts'
import { openBatchArchive } from './open-archive.ts'
import type { ReconcilerServiceSettings } from './settings.ts'

/** Waits for Kafka and Cassandra, then joins the others. */
export async function startReconciler(
  settings: ReconcilerServiceSettings,
  signal: AbortSignal,
): Promise<Running> {
  const clock = systemClock
  const { app, registry } = openServer(settings)
  const own = ['archive', 'scratch', 'snapshots'].map((folder) => join(settings.dataDirectory, folder))
  await keepPrivate(own, app.log)
  const onRetry = retryLogger(app.log)
  const kafka = await openLog(settings.kafka, 'tally-reconciler', clock, onRetry, signal)
  const { sourcesFromMs } = await openLogNaming(kafka, settings.kafka, clock, onRetry, signal)
  const overflow = await openOverflow(kafka.log, settings, clock)
  const { log } = overflow
  const connecting = { clock, random: Math.random, onRetry, signal }
  const stores = await openCassandraStores(settings.cassandra, connecting)
  const opened = await openBatchArchive({ ...settings.batch, ...settings }, clock)
  const { archive, records } = opened
  const redis = settings.redis === null ? null : openRedis({ ...settings.redis, name: 'tally-reconciler' })
  const cache = redis === null ? null : new RedisCache(new RedisCalls(redis, clock))
  const { counts, rollups, journal, uniques } = stores
  const checkpoints = () => counts.checkpoints()
  const onError = (err: unknown) => app.log.warn({ err }, 'could not tell how far the counts have come')
  const counted = new Progress({ log, checkpoints, clock, onError })
  const told = toldCorrections(counts, settings, () => counted.asOfMs)
  const layer = new BatchLayer(
    {
      ...{ log, archive, records, uniques, rollups, journal, sourcesFromMs, clock, registry },
      counts: writtenBy(counts, told.counts),
      forget: (series) => forget(cache, clock, CACHE_SETTINGS.localTtlMs, series),
      countedAsOfMs: async () => {
        await counted.look()
        return counted.asOfMs
      },
      videos: kafkaVideoRemover(kafka.client, settings.kafka.prefix),
      logger: app.log,
    },
    settings.batch,
  )
  registerBatch(app, {
    layer,
    exports: exportsOf(settings, archive, stores, clock),
    access: settings,
    rate: new QueryRate(settings.rate, clock),
  })
  registerOperations(app, { registry, notReady: () => null })
  await app.listen({ host: settings.host, port: settings.port })
  layer.lead(false)
  const shared = await shareSources(settings, kafka, layer, app.log)
  probeFrontDoor(layer, settings)
  const sweeping = new AbortController()
  const onSweepError = (err: unknown) => app.log.warn({ err }, 'could not remove old objects, will try again')
  const swept = overflow.sweep(() => layer.reconciler.leads, onSweepError, sweeping.signal)
  return {
    url: listeningUrl(app, settings.host),
    async stop() {
      sweeping.abort()
      await Promise.all([shared.close(), layer.stop(), swept])
      await app.close()
      await opened.close()
      await told.close()
      await kafka.close()
      await stores.close()
      redis?.disconnect()
    },
  }
}

/** Archives what the group assigns to this process, which recounts while it has the first partition. */
async function shareSources(
  { kafka: { brokers, client }, group, batch }: ReconcilerServiceSettings,
  { log }: OpenedLog,
  layer: BatchLayer,
  logger: FastifyBaseLogger,
): Promise<{ close(): Promise<void> }> {
  const clock = systemClock
  const assigned = new AssignedSources(
    {
      ...{ log, clock, random: Math.random, onRetry: retryLogger(logger) },
      own: (sources) => layer.own(sources),
      onError: (err) => logger.fatal({ err }, 'cannot tell which sources to archive'),
    },
    batch.retry,
  )
  const ownership = OWNERSHIPS[client]({
    ...{ brokers, log, clock },
    clientId: 'tally-reconciler',
    groupId: group,
    onTrouble: (err) => logger.warn({ err }, 'is not in the group, will join again'),
  })
  await ownership.claim((sources) => {
    layer.lead(sources.some(({ partition }) => partition === 0))
    assigned.assign(sources)
  })
  return {
    close() {
      assigned.close()
      return ownership.close()
    },
  }
}

function probeFrontDoor(layer: BatchLayer, { probe, probeUrl }: ReconcilerServiceSettings): void {
  if (probe === null || probeUrl === null) return
  const client = createClient({ url: probeUrl, ...(probe.key !== null && { apiKey: probe.key }) })
  layer.probe(client, probe.intervalMs)
}

/** Counts as a query service would answer with them when the export begins. */
function exportsOf(
  { dataDirectory, cassandra, batch }: ReconcilerServiceSettings,
  archive: Pick<ArchiveKeeper, 'exportRaw'>,
  { counts, rollups }: Pick<CassandraStores, 'counts' | 'rollups'>,
  clock: Clock,
): Exports {
  return new Exports({
    archive,
    counts: async () => {
      const coverage = await rollups.readReconciled()
      const kept = () => keptAt(clock.nowMs(), cassandra.retention)
      const reader = new StitchedReader({ counts, rollups, coverage: () => coverage, kept })
      return { reader, counted: counts, rolledUp: rollups }
    },
    csvToParquet,
    inTime: batch,
    scratchDirectory: join(dataDirectory, 'scratch', 'exports'),
  })
}

function toldCorrections(
  counts: CountWriter,
  { redis, batch }: ReconcilerServiceSettings,
  asOfMs: () => number,
): ToldCounts {
  return toldCounts(counts, redis, 'tally-reconciler-news', batch.aheadMs, asOfMs)
}
