// Composes a query service: reads Cassandra through a cache, and tells how far the counts have come from the log.
import type { FastifyInstance } from 'fastify'
import { Failing } from '../../lib/failing.ts'
import { watchCertificates } from '../../lib/http/certificate-metrics.ts'
import type { Keys } from '../../lib/http/keys/key-ring.ts'
import { registerOperations } from '../../lib/http/operations.ts'
import { QueryRate } from '../../lib/http/query-rate.ts'
import { type Service, startService } from '../../lib/http/start-service.ts'
import { inBackground } from '../../lib/opening.ts'
import type { Running } from '../../lib/run-process.ts'
import { guardedStores } from '../../stores/backing/guarded-counts.ts'
import { openBreaker, openCounts, type StoredCounts } from '../../stores/backing/on-cassandra.ts'
import { handedOverOn, openKafka, openLayouts, openNaming } from '../../stores/backing/on-kafka.ts'
import { checkRedis, openCache, openProgressTurns, openRealtime } from '../../stores/backing/on-redis.ts'
import { openTitles, titleWarnings } from '../../stores/backing/open-titles.ts'
import type { Journal } from '../../stores/counts/journal.ts'
import type { KafkaLog } from '../../stores/log/kafka/kafka-log.ts'
import type { KafkaSettings } from '../../stores/log/kafka/kafka-settings.ts'
import { COUNTED_LANES } from '../../stores/log/log.ts'
import type { OpenedLog } from '../../stores/log/open-log.ts'
import { Progress, type ProgressDeps } from '../../stores/log/progress.ts'
import { SharedProgress } from '../../stores/progress/shared-progress.ts'
import { watchProgress } from './query-metrics.ts'
import { addQueries } from './query-part.ts'
import type { HowFar } from './read/answers.ts'
import { rebuildWarnings, vouchedIn } from './read/rebuilt.ts'
import { ReconciledWatch } from './read/reconciled-watch.ts'
import type { QuerySettings } from './settings.ts'
import { storeAway } from './store-away.ts'

const PROGRESS_INTERVAL_MS = 250
/** A little less, so that whoever has looked looks again. */
const PROGRESS_TURN_MS = 240
const RECONCILED_INTERVAL_MS = 1_000

/** Serves the description of the HTTP contract, of which the queries are a part. */
type Describe = (app: FastifyInstance, keys: Pick<Keys, 'areOn'>) => void

/** Waits for Kafka and Cassandra, then listens. */
export function startQuery(
  settings: QuerySettings,
  describe: Describe,
  signal: AbortSignal,
): Promise<Running> {
  return startService('tally-query', settings, signal, async (service) => {
    const { app, admin, registry, readiness, clock, keys, keyWarnings } = service
    const { aheadMs, redis } = settings
    watchCertificates(registry, settings, clock)
    await checkRedis(settings.redis)
    const kafka = await openKafka(service, settings.kafka)
    const { log } = kafka
    const naming = await openNaming(service, kafka, settings.kafka)
    const stored = await openCounts(service, settings.cassandra)
    const asking = new Failing(clock)
    const newProgress = sharedProgress(service, settings, log)
    const { reconciled, ...howFar } = await followCounts(
      service,
      newProgress,
      stored,
      asking,
      kafka,
      settings.kafka,
    )
    const breaker = openBreaker(service, registry, () => stored.counts.checkpoints())
    const guarded = guardedStores(stored, breaker)
    const cache = openCache(service, redis)
    const layouts = await openLayouts(service, kafka, settings.kafka, settings.limits)
    const videos = await openTitles(service, registry, kafka, settings)
    const checkpoints = () => guarded.counts.checkpoints()
    const realtime = openRealtime(service, redis, { checkpoints, aheadMs })
    const backing = { ...stored, ...guarded, ...realtime, log, naming, layouts, videos, cache }
    const { lastKnown } = addQueries(service, backing, settings, howFar, new QueryRate(settings.rate, clock))
    readiness.add(() => storeAway(asking.failures, lastKnown, clock.nowMs()))
    describe(app, keys)
    const warnings = () => [
      ...keyWarnings(),
      ...rebuildWarnings(reconciled.rebuild),
      ...titleWarnings(videos),
    ]
    registerOperations(app, { admin, registry, readiness, warnings })
    await service.listen()
  })
}

/** Query services that read the same replicas find out together how far the counts have come, if there is a Redis. */
function sharedProgress(
  service: Service,
  { redis, kafka, cassandra }: QuerySettings,
  log: KafkaLog,
): (deps: ProgressDeps) => Progress {
  const { keyspace, localDataCenter } = cassandra
  const scope = [kafka.prefix, log.incarnation, ...COUNTED_LANES, keyspace, localDataCenter].join(':')
  const turns = openProgressTurns(service, redis, scope, PROGRESS_TURN_MS)
  return (deps) => (turns === null ? new Progress(deps) : new SharedProgress({ ...deps, turns }))
}

/**
 * Begins to watch how far the counts and the rollups have come; `asking` learns whether Cassandra answers. Waits until
 * Cassandra tells of the rollups.
 */
async function followCounts(
  service: Service,
  newProgress: (deps: ProgressDeps) => Progress,
  { counts, rollups, rebuilds, journal }: StoredCounts,
  asking: Failing,
  kafka: OpenedLog,
  { prefix }: Pick<KafkaSettings, 'prefix'>,
): Promise<HowFar & { readonly reconciled: ReconciledWatch }> {
  const { clock, logger, registry, signal } = service
  const onError = (err: unknown) => logger.warn({ err }, 'could not tell how far the counts have come')
  const onUnknown = (err: unknown) => logger.warn({ err }, 'could not tell what is recounted')
  const checkpoints = () => counts.checkpoints()
  const asked = {
    rollups: { readReconciled: () => asking.watch(rollups.readReconciled()) },
    rebuilds: { readRebuild: () => asking.watch(rebuilds.readRebuild()) },
    journal: { latest: (...asked: Parameters<Journal['latest']>) => asking.watch(journal.latest(...asked)) },
  }
  const handedOver = handedOverOn(service, kafka, prefix)
  const progress = newProgress({ log: kafka.log, checkpoints, handedOver, clock, onError })
  await progress.look().catch(onError)
  const watched = { ...asked, clock, intervalMs: RECONCILED_INTERVAL_MS, onError: onUnknown }
  const reconciled = await ReconciledWatch.begin(watched, signal)
  inBackground(service, (stopping) => progress.follow(PROGRESS_INTERVAL_MS, stopping))
  inBackground(service, (stopping) => reconciled.follow(stopping))
  watchProgress(registry, progress, clock)
  return {
    progress: () => progress,
    coverage: () => reconciled.current,
    vouched: () => vouchedIn(reconciled.rebuild),
    importing: () => reconciled.importing,
    reconciled,
  }
}
