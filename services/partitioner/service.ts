// Composes a partitioner on Kafka, with a spool on its own disk for when Kafka is away.
import { join } from 'node:path'
import { watchCertificates } from '../../lib/http/certificate-metrics.ts'
import { registerOperations } from '../../lib/http/operations.ts'
import { type Service, startService } from '../../lib/http/start-service.ts'
import { inBackground } from '../../lib/opening.ts'
import { keepPrivate } from '../../lib/private-files.ts'
import type { Running } from '../../lib/run-process.ts'
import { loadSchemas } from '../../schemas/schema-set.ts'
import { openKafka, openLayouts, openNaming, openSpooledLog } from '../../stores/backing/on-kafka.ts'
import { checkRedis, openRateLimits, openRates } from '../../stores/backing/on-redis.ts'
import type { KafkaLayouts } from '../../stores/log/kafka/kafka-layouts.ts'
import { openOverflow } from '../../stores/log/open-overflow.ts'
import { Spool } from '../../stores/log/spool/spool.ts'
import { watchSpool } from '../../stores/log/spool/spool-metrics.ts'
import type { SpooledLog } from '../../stores/log/spool/spooled-log.ts'
import { OWN_RATES } from '../../stores/rates/rates.ts'
import { openWatermark } from './open-watermark.ts'
import { addPartitioner } from './partitioner-part.ts'
import type { PartitionerSettings } from './settings.ts'
import { UnroutedEvents } from './unrouted-events.ts'
import { watchLayouts, watchUnrouted } from './unrouted-metrics.ts'

/** What it keeps on its own disk. */
const FOLDERS = ['spool', 'unrouted', 'scratch']

/** The events wait beside the spool of the log and share its bound. */
async function openUnrouted(
  service: Service,
  { layouts, log }: { readonly layouts: KafkaLayouts; readonly log: SpooledLog },
  { dataDirectory, spoolBytesMax: bytesMax, limits }: PartitionerSettings,
): Promise<UnroutedEvents> {
  const { registry, clock, stack, onRetry } = service
  const bytesElsewhere = () => log.state().bytes
  const spool = await Spool.open(join(dataDirectory, 'unrouted'), { clock, bytesMax, bytesElsewhere })
  stack.defer(() => spool.close())
  const unrouted = new UnroutedEvents({
    ...{ spool, layouts, log, limits, clock },
    schemas: loadSchemas(),
    random: Math.random,
    onRetry: (attempt, error) => onRetry('route events whose layout was unknown', attempt, error),
  })
  inBackground(service, (signal) => unrouted.follow(signal))
  watchUnrouted(registry, () => spool.extent(), clock.nowMs)
  return unrouted
}

/** Waits for Kafka, then listens. */
export function startPartitioner(settings: PartitionerSettings, signal: AbortSignal): Promise<Running> {
  return startService('tally-partitioner', settings, signal, async (service) => {
    const { dataDirectory, limits } = settings
    const { app, admin, registry, readiness, clock, logger, keyWarnings } = service
    const own = FOLDERS.map((folder) => join(dataDirectory, folder))
    await keepPrivate(own, logger)
    watchCertificates(registry, settings, clock)
    await checkRedis(settings.redis)
    const kafka = await openKafka(service, settings.kafka)
    const naming = await openNaming(service, kafka, settings.kafka)
    const layouts = await openLayouts(service, kafka, settings.kafka, limits)
    const lanes = await openOverflow(kafka.log, settings, clock)
    const log = await openSpooledLog(service, lanes.log, settings)
    const limiters = openRateLimits(service, settings.redis, {
      tenant: limits.eventsPerSecondMax,
      key: limits.eventsPerSecondPerKeyMax,
      address: limits.eventsPerSecondPerAddressMax,
    })
    const unrouted = await openUnrouted(service, { layouts, log }, settings)
    await openWatermark(service, kafka, settings, { log, unrouted })
    const spooled = () => ({ ...log.state(), refused: log.state().refused + unrouted.refused })
    watchSpool(registry, spooled, { bytesMax: settings.spoolBytesMax, nowMs: clock.nowMs })
    const rates = settings.hotVideos === null ? OWN_RATES : openRates(service, settings.redis)
    addPartitioner(service, { log, layouts, naming, rates, ...limiters, unrouted }, settings)
    watchLayouts(registry, layouts, clock)
    registerOperations(app, { admin, registry, readiness, warnings: keyWarnings })
    await service.listen()
  })
}
