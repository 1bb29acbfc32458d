// The whole product in one process on embedded storage: composes the services, and stops them in order.
import { join } from 'node:path'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { allowOrigins } from '../../lib/http/cross-origin.ts'
import { openServer } from '../../lib/http/open-server.ts'
import { registerOperations } from '../../lib/http/operations.ts'
import { QueryRate } from '../../lib/http/query-rate.ts'
import { listeningUrl } from '../../lib/listening-url.ts'
import { behindLogger, retryLogger } from '../../lib/logging.ts'
import { keepPrivate } from '../../lib/private-files.ts'
import type { Running } from '../../lib/run-process.ts'
import { systemClock } from '../../lib/system-clock.ts'
import type { NameKey } from '../../model/name-key.ts'
import { partitionsNeeded } from '../../model/validate-layouts.ts'
import { loadSchemas } from '../../schemas/schema-set.ts'
import type { CountWriter } from '../../stores/counts/counts.ts'
import { type EmbeddedStores, openEmbeddedStores } from '../../stores/counts/embedded/embedded-stores.ts'
import { openDataDirectory } from '../../stores/disk/data-directory.ts'
import { openFileLayouts } from '../../stores/layouts/file-layouts.ts'
import { type EmbeddedLog, openEmbeddedLog } from '../../stores/log/embedded/embedded-log.ts'
import type { Log, Source } from '../../stores/log/log.ts'
import { openOverflow } from '../../stores/log/open-overflow.ts'
import { AllSources } from '../../stores/ownership/all-sources.ts'
import { fileSnapshots } from '../../stores/snapshots/file-snapshots.ts'
import { type EmbeddedVideos, openEmbeddedVideos } from '../../stores/videos/embedded-videos.ts'
import { registerDashboard } from '../dashboard/dashboard.ts'
import { registerOpenApi } from '../description.ts'
import { serveDeadLetters } from '../partitioner/dead-letters/compose.ts'
import { type EventsDeps, registerEvents } from '../partitioner/events-route.ts'
import { prometheusMetrics } from '../partitioner/partitioner-metrics.ts'
import { lanesOn } from '../processing/lanes.ts'
import { Processing } from '../processing/processing.ts'
import { watchProcessing } from '../processing/processing-metrics.ts'
import { queryMetrics } from '../query/query-metrics.ts'
import { registerQueries } from '../query/query-routes.ts'
import { registerVideos } from '../query/videos/video-routes.ts'
import { type Batch, openBatch } from './batch.ts'
import { type EmbeddedQueries, embeddedQueries, sweepAtIntervals } from './embedded-queries.ts'
import { type Moving, openMoving } from './embedded-realtime.ts'
import { Losses } from './loss.ts'
import type { StandaloneSettings } from './settings.ts'
import { checkLogIsWhole } from './whole-log.ts'

const RETENTION_INTERVAL_MS = 60_000
const CLOCK_INTERVAL_MS = 1_000

/** Opens, starts and listens. Fails with a DataDirectoryError or LogError that says what to do. */
export async function startStandalone(settings: StandaloneSettings): Promise<Running> {
  const clock = systemClock
  const { app, registry } = openServer(settings)
  await keepPrivate([], app.log)
  const directory = await openDataDirectory(settings.dataDirectory)
  await keepPrivate([directory.root], app.log)
  const acceptedToMs = clock.nowMs() + settings.limits.aheadMs
  const path = join(directory.root, 'layouts.json')
  const layouts = await openFileLayouts(path, settings.layout, acceptedToMs, directory.isUsed)
  const embedded = await openEmbeddedLog({
    directory: directory.log,
    clock,
    partitions: partitionsNeeded(layouts),
    retention: settings.rawRetention,
  })
  const { naming } = embedded
  const overflow = await openOverflow(embedded, settings, clock)
  const { log } = overflow
  const stores = await openEmbeddedStores({ directory: directory.counts })
  const { counts, journal } = stores
  const videos = await openEmbeddedVideos(join(directory.root, 'videos'))
  const losses = new Losses(app.log)
  const asOfMs = () => processing.progress().asOfMs
  const moving: Moving = await openMoving(counts, directory.root, app.log, asOfMs)
  tellLosses(losses, embedded, stores, videos, moving)
  const processing = startProcessing(settings, app.log, log, naming.key, moving.counts, directory.snapshots)
  const beside = { registry, clock, losses, onBehind: behindLogger(app.log) }
  const queries = embeddedQueries(stores, settings, () => processing.progress(), beside)
  const { forgetAll, recent } = queries
  const rate = new QueryRate(settings.rate, clock)
  const parts = { log, naming, stores, moving, processing, videos, recent, clock, forgetAll, losses, rate }
  const batch = await openBatch(app, registry, settings, parts)
  await checkLogIsWhole({ log, counts, archive: batch.archive }, directory)
  const retention = enforceRetention(embedded, processing, batch.layer, app.log)
  const sweeping = new AbortController()
  const onSweepError = (err: unknown) => app.log.warn({ err }, 'could not remove what is old, will try again')
  const swept = Promise.all([
    sweepAtIntervals(stores, settings.retention, clock, onSweepError, sweeping.signal),
    overflow.sweep(() => true, onSweepError, sweeping.signal),
    queries.clockWatch.follow(clock, CLOCK_INTERVAL_MS, sweeping.signal),
  ])
  const { limits } = settings
  const { sourcesFromMs } = naming
  const door = { log, layouts: { current: () => layouts }, clock, limits, sourcesFromMs }
  registerRoutes(app, registry, settings, rate, door, queries, videos, processing, moving, losses)
  serveDeadLetters(app, registry, settings, rate, { ...door, journal })
  await new AllSources(log).claim((sources) => processing.own(sources))
  await app.listen({ host: settings.host, port: settings.port })
  const url = listeningUrl(app, settings.host)
  await batch.start(url)
  return {
    url,
    async stop() {
      clearInterval(retention)
      sweeping.abort()
      await app.close()
      await Promise.all([batch.stop(), processing.stop(settings.shutdownTimeoutMs)])
      await embedded.close()
      await swept
      await moving.stop()
      await stores.close()
      await videos.close()
    },
  }
}

function enforceRetention(
  log: EmbeddedLog,
  processing: Processing,
  { reconciler }: Batch['layer'],
  logger: FastifyBaseLogger,
): NodeJS.Timeout {
  const neededFrom = async (source: Source) =>
    Math.min(await processing.neededFrom(source), reconciler.neededFrom(source))
  return setInterval(() => {
    log.enforceRetention(neededFrom).catch((error) => logger.error(error))
  }, RETENTION_INTERVAL_MS)
}

function startProcessing(
  settings: StandaloneSettings,
  logger: FastifyBaseLogger,
  log: Log,
  nameKey: NameKey,
  counts: CountWriter,
  snapshotDirectory: string,
): Processing {
  const deps = {
    log,
    counts,
    lanes: lanesOn(log),
    hints: null,
    snapshots: fileSnapshots(snapshotDirectory),
    schemas: loadSchemas(),
    nameKey,
    clock: systemClock,
    random: Math.random,
    onRetry: retryLogger(logger),
    onHalt: (source: { id: string }, error: unknown) =>
      logger.fatal({ err: error }, `source ${source.id} stands still`),
  }
  return new Processing(deps, settings.driver)
}

function tellLosses(
  losses: Losses,
  log: EmbeddedLog,
  { state }: EmbeddedStores,
  videos: EmbeddedVideos,
  { uniquesState }: Moving,
): void {
  losses.tell({ name: 'log', state: log.state, lacks: '' })
  losses.tellCounts(state)
  losses.tell({ name: 'videos', state: videos.state, lacks: 'Titles that were put last may be missing.' })
  const lacks = 'Numbers of different viewers may be too low.'
  losses.tell({ name: 'uniques', state: uniquesState, lacks })
}

function registerRoutes(
  app: FastifyInstance,
  registry: Registry,
  { keys, adminKeys, live, allowedOrigins }: StandaloneSettings,
  rate: QueryRate,
  door: Omit<EventsDeps, 'keys' | 'metrics'> & { readonly log: Log },
  queries: EmbeddedQueries,
  videos: EmbeddedVideos,
  processing: Processing,
  moving: Moving,
  losses: Losses,
): void {
  const clock = systemClock
  allowOrigins(app, allowedOrigins)
  watchProcessing(registry, processing, door.log, clock)
  const metrics = prometheusMetrics(registry)
  registerEvents(app, { ...door, keys, metrics })
  const deps = {
    ...queries,
    clock,
    keys,
    adminKeys,
    rate,
    videos,
    metrics: queryMetrics(registry),
  }
  registerQueries(app, deps)
  moving.register(app, registry, deps, live)
  registerVideos(app, { videos, keys, rate })
  registerOpenApi(app, keys.length > 0)
  registerDashboard(app)
  registerOperations(app, {
    registry,
    notReady: () => processing.haltReason(),
    warnings: () => losses.warnings,
  })
}
