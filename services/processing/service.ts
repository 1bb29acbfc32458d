// Composes a processing instance: it shares the sources with the others through the consumer group, and counts those
// that it owns into Cassandra.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { watchCertificates } from '../../lib/http/certificate-metrics.ts'
import { registerOperations } from '../../lib/http/operations.ts'
import { outsideGroup } from '../../lib/http/readiness.ts'
import { type Service, startService } from '../../lib/http/start-service.ts'
import { inBackground } from '../../lib/opening.ts'
import { keepPrivate } from '../../lib/private-files.ts'
import type { Running } from '../../lib/run-process.ts'
import { guardedWriter } from '../../stores/backing/guarded-counts.ts'
import { checkHorizon, openBreaker, openCounts } from '../../stores/backing/on-cassandra.ts'
import { groupOwnership, openKafka, openNaming } from '../../stores/backing/on-kafka.ts'
import { checkRedis, openHints, openNews } from '../../stores/backing/on-redis.ts'
import { mirrorCheckpoints } from '../../stores/log/kafka/mirror-checkpoints.ts'
import type { OpenedLog } from '../../stores/log/open-log.ts'
import { openOverflow } from '../../stores/log/open-overflow.ts'
import { fileSnapshots } from '../../stores/snapshots/file-snapshots.ts'
import { governOverload } from './overload/overload-part.ts'
import type { Processing } from './processing.ts'
import { addProcessing, type ProcessingBacking } from './processing-part.ts'
import type { ProcessingSettings } from './settings.ts'

/** Beyond the horizon, what hint blocks must cover: clocks that differ, and a minute to take over in. */
const HINT_SLACK_MS = 5 * 60_000

/** What it keeps on its own disk. */
const FOLDERS = ['snapshots', 'scratch']

/** Waits for Kafka and Cassandra, then joins the others. */
export function startProcessing(settings: ProcessingSettings, signal: AbortSignal): Promise<Running> {
  return startService('tally-processing', settings, signal, async (service) => {
    const { app, admin, registry, readiness, stack, clock, logger } = service
    const own = FOLDERS.map((folder) => join(settings.dataDirectory, folder))
    await keepPrivate(own, logger)
    watchCertificates(registry, settings, clock)
    await checkRedis(settings.redis)
    const kafka = await openKafka(service, settings.kafka)
    const { checkpoints, ...backing } = await openBacking(service, kafka, settings)
    const processing = addProcessing(service, backing, settings.driver)
    registerOperations(app, { admin, registry, readiness })
    await service.listen()
    mirror(service, kafka, processing, settings)
    const governing = await governOverload(service, settings, kafka, checkpoints)
    const { lane, kafka: shared } = settings
    const ownership = groupOwnership(service, kafka, shared, { groupId: shared.group, lane })
    readiness.add(() => outsideGroup(ownership, clock.nowMs()))
    stack.defer(async () => {
      // The others take over at once, while this one stores what it has read.
      await Promise.all([ownership.close(), processing.stop(settings.shutdownTimeoutMs)])
    })
    await ownership.claim((sources) => {
      processing.own(sources)
      governing.lead(sources.some(({ partition }) => partition === 0))
    })
  })
}

async function openBacking(service: Service, kafka: OpenedLog, settings: ProcessingSettings) {
  const { clock } = service
  const { redis, driver } = settings
  const naming = await openNaming(service, kafka, settings.kafka)
  const stored = await openCounts(service, settings.cassandra)
  await checkHorizon(stored, driver)
  const { counts } = stored
  const { log } = await openOverflow(kafka.log, settings, clock)
  const snapshots = join(settings.dataDirectory, 'snapshots')
  await mkdir(snapshots, { recursive: true })
  return {
    ...{ log, naming },
    counts: guardedWriter(counts, openBreaker(service, service.registry)),
    news: openNews(service, redis, { aheadMs: driver.aheadMs, bytesMax: settings.topsBytesMax }),
    hints: openHints(service, redis, driver.horizonMs + driver.aheadMs + HINT_SLACK_MS),
    snapshots: fileSnapshots(snapshots),
    checkpoints: () => counts.checkpoints(),
  } satisfies ProcessingBacking & { checkpoints: unknown }
}

/** For Kafka's own tools; nothing here reads it. */
function mirror(
  service: Service,
  { client, log }: OpenedLog,
  processing: Processing,
  { kafka: { group }, lane }: ProcessingSettings,
): void {
  const { clock, logger } = service
  const mirrored = {
    ...{ client, clock },
    group: `${group}-checkpoints`,
    topic: log.topicOf(lane),
    offsets: () => processing.checkpointed(),
    onTrouble: (err: unknown) => logger.warn({ err }, 'could not show the checkpoints as a group'),
  }
  inBackground(service, (signal) => mirrorCheckpoints(mirrored, signal))
}
