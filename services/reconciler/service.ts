// Composes the batch layer on real servers. Its processes share the sources through a consumer group; the one that has
// the first partition plans the recounts, and each does those of its partitions.
import { join } from 'node:path'
import { watchCertificates } from '../../lib/http/certificate-metrics.ts'
import { registerOperations } from '../../lib/http/operations.ts'
import { QueryRate } from '../../lib/http/query-rate.ts'
import { outsideGroup } from '../../lib/http/readiness.ts'
import { startService } from '../../lib/http/start-service.ts'
import { inBackground } from '../../lib/opening.ts'
import { keepPrivate } from '../../lib/private-files.ts'
import type { Running } from '../../lib/run-process.ts'
import { checkHorizon, openCounts } from '../../stores/backing/on-cassandra.ts'
import { groupOwnership, handedOverOn, openKafka, openNaming } from '../../stores/backing/on-kafka.ts'
import { checkRedis, openCache, openNews } from '../../stores/backing/on-redis.ts'
import { openTitles, titleWarnings } from '../../stores/backing/open-titles.ts'
import { openOverflow } from '../../stores/log/open-overflow.ts'
import { Progress } from '../../stores/log/progress.ts'
import { openObjects } from '../../stores/objects/open-objects.ts'
import { ObjectPlans } from '../../stores/plans/object-plans.ts'
import { queryMetrics } from '../query/query-metrics.ts'
import { CACHE_SETTINGS } from '../query/read/cached-reader.ts'
import { forget } from '../query/read/forget.ts'
import { vouchedIn } from '../query/read/rebuilt.ts'
import { openAnswers } from './alerts/alert-answers.ts'
import { addAlerts } from './alerts/alerts-part.ts'
import { openBatchArchive } from './archiving/open-archive.ts'
import { sharedSources } from './archiving/shared-sources.ts'
import { addBatchLayer, probeAt } from './batch-part.ts'
import { registerArchiveQuery } from './questions/archive-query-route.ts'
import { registerFiltered } from './questions/filtered-route.ts'
import type { ReconcilerServiceSettings } from './settings.ts'

/** What it keeps on its own disk. */
const FOLDERS = ['archive', 'scratch', 'snapshots']

/** Waits for Kafka and Cassandra, then joins the others. */
export function startReconciler(settings: ReconcilerServiceSettings, signal: AbortSignal): Promise<Running> {
  return startService('tally-reconciler', settings, signal, async (service) => {
    const { app, admin, registry, readiness, stack, clock, logger, keys, keyWarnings } = service
    const { redis, batch, dataDirectory, group } = settings
    const own = FOLDERS.map((folder) => join(dataDirectory, folder))
    await keepPrivate(own, logger)
    watchCertificates(registry, settings, clock)
    await checkRedis(settings.redis)
    const kafka = await openKafka(service, settings.kafka)
    const naming = await openNaming(service, kafka, settings.kafka)
    const lanes = await openOverflow(kafka.log, settings, clock)
    const stored = await openCounts(service, settings.cassandra)
    await checkHorizon(stored, batch)
    const archive = await openBatchArchive(service, { ...batch, ...settings })
    const cache = openCache(service, redis)
    const news = openNews(service, redis, { aheadMs: batch.aheadMs, bytesMax: settings.topsBytesMax })
    const videos = await openTitles(service, registry, kafka, settings)
    const backing = { ...stored, ...lanes, ...archive, naming, news, videos }
    const counted = new Progress({
      ...{ log: lanes.log, clock },
      checkpoints: () => stored.counts.checkpoints(),
      onError: (err) => logger.warn({ err }, 'could not tell how far the counts have come'),
    })
    const scratchPlans = join(dataDirectory, 'scratch', 'plans')
    const plans = new ObjectPlans(await openObjects(settings.objects, scratchPlans, clock))
    const handedOver = handedOverOn(service, kafka, settings.kafka.prefix)
    const rate = new QueryRate(settings.rate, clock)
    const { layer, fromArchive } = addBatchLayer(service, backing, settings, {
      plans,
      forget: (series) => forget(cache, clock, CACHE_SETTINGS.localTtlMs, series),
      asOfMs: () => counted.asOfMs,
      ...{ handedOver, rate },
      vouched: async () => vouchedIn(await stored.rebuilds.readRebuild()),
      countedAsOfMs: async () => {
        await counted.look()
        return counted.asOfMs
      },
    })
    const { horizonMs } = batch
    const answers = await openAnswers(service, { stored, log: lanes.log, cache, handedOver, horizonMs })
    const leads = () => layer.reconciler.leads
    addAlerts(service, { alerts: stored.alerts, answers, leads, rate }, settings.alerts)
    const metrics = queryMetrics(registry)
    registerArchiveQuery(app, { ...fromArchive, metrics })
    registerFiltered(app, { ...fromArchive, metrics })
    readiness.add(() => layer.reasons())
    const warnings = () => [...keyWarnings(), ...titleWarnings(videos)]
    registerOperations(app, { admin, registry, readiness, warnings })
    await service.listen()
    const ownership = groupOwnership(service, kafka, settings.kafka, { groupId: group, lane: 'events' })
    readiness.add(() => outsideGroup(ownership, clock.nowMs()))
    const shared = sharedSources(service, kafka.log, ownership, layer, batch.retry)
    stack.defer(async () => {
      await Promise.all([shared.close(), layer.stop()])
    })
    layer.lead(false)
    await shared.begin()
    probeAt(settings.probeUrl, layer, settings.probe, keys)
    const onSweepError = (err: unknown) =>
      logger.warn({ err }, 'could not remove old objects, will try again')
    inBackground(service, (stopping) => lanes.sweepOverflow(leads, onSweepError, stopping))
  })
}
