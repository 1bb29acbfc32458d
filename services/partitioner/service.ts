// Composes a partitioner on Kafka, with a spool on its own disk for when Kafka is away.
import { join } from 'node:path'
import { registerOperations } from '../../lib/http/operations.ts'
import { startService } from '../../lib/http/start-service.ts'
import { keepPrivate } from '../../lib/private-files.ts'
import type { Running } from '../../lib/run-process.ts'
import { openKafka, openLayouts, openNaming, openSpooledLog } from '../../stores/backing/on-kafka.ts'
import { checkRedis, openRateLimits, openRates } from '../../stores/backing/on-redis.ts'
import { openOverflow } from '../../stores/log/open-overflow.ts'
import { watchSpool } from '../../stores/log/spool/spool-metrics.ts'
import { OWN_RATES } from '../../stores/rates/rates.ts'
import { addPartitioner } from './partitioner-part.ts'
import type { PartitionerSettings } from './settings.ts'

/** What it keeps on its own disk. */
const FOLDERS = ['spool', 'scratch']

/** Waits for Kafka, then listens. */
export function startPartitioner(settings: PartitionerSettings, signal: AbortSignal): Promise<Running> {
  return startService('tally-partitioner', settings, signal, async (service) => {
    const { dataDirectory, limits } = settings
    const { app, admin, registry, readiness, clock, logger, keyWarnings } = service
    const own = FOLDERS.map((folder) => join(dataDirectory, folder))
    await keepPrivate(own, logger)
    await checkRedis(settings.redis)
    const kafka = await openKafka(service, settings.kafka)
    const naming = await openNaming(service, kafka, settings.kafka)
    const layouts = await openLayouts(service, kafka, settings.kafka, limits.aheadMs)
    const lanes = await openOverflow(kafka.log, settings, clock)
    const log = await openSpooledLog(service, lanes.log, settings)
    const limiters = openRateLimits(service, settings.redis, {
      tenant: limits.eventsPerSecondMax,
      key: limits.eventsPerSecondPerKeyMax,
      address: limits.eventsPerSecondPerAddressMax,
    })
    watchSpool(registry, () => log.state(), { bytesMax: settings.spoolBytesMax, nowMs: clock.nowMs })
    const rates = settings.hotVideos === null ? OWN_RATES : openRates(service, settings.redis)
    addPartitioner(service, { log, layouts, naming, rates, ...limiters }, settings)
    registerOperations(app, { admin, registry, readiness, warnings: keyWarnings })
    await service.listen()
  })
}
