// Composes a processing instance: it shares the sources with the others through the consumer group, and counts those
// that it owns into Cassandra.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { openServer } from '../../lib/http/open-server.ts'
import { registerOperations } from '../../lib/http/operations.ts'
import { listeningUrl } from '../../lib/listening-url.ts'
import { retryLogger } from '../../lib/logging.ts'
import { keepPrivate } from '../../lib/private-files.ts'
import type { Running } from '../../lib/run-process.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { loadSchemas } from '../../schemas/schema-set.ts'
import { countsBreaker } from '../../stores/backing/counts-breaker.ts'
import { guardedWriter } from '../../stores/backing/guarded-counts.ts'
import { openCassandraStores } from '../../stores/backing/open-cassandra-stores.ts'
import { type ToldCounts, toldCounts } from '../../stores/backing/told-counts.ts'
import { HINT_CALL_LIMITS, HINT_LIMITS, RedisHints } from '../../stores/hints/redis-hints.ts'
import { mirrorCheckpoints } from '../../stores/log/kafka/mirror-checkpoints.ts'
import { type OpenedLog, openLog, openLogNaming } from '../../stores/log/open-log.ts'
import { openOverflow } from '../../stores/log/open-overflow.ts'
import { OWNERSHIPS } from '../../stores/ownership/kafka-ownership.ts'
import type { Ownership } from '../../stores/ownership/ownership.ts'
import { RedisCalls } from '../../stores/redis/calls.ts'
import { openRedis } from '../../stores/redis/connection.ts'
import { fileSnapshots } from '../../stores/snapshots/file-snapshots.ts'
import { lanesOn } from './lanes.ts'
import { governOverload } from './overload/compose.ts'
import { Processing } from './processing.ts'
import { watchProcessing } from './processing-metrics.ts'
import type { ProcessingSettings } from './settings.ts'

/** Beyond the horizon, what hint blocks must cover: clocks that differ, and a minute to take over in. */
const HINT_SLACK_MS = 5 * 60_000

/** What it keeps on its own disk. */
const DIRECTORIES = ['snapshots', 'scratch']

/** Waits for Kafka and Cassandra, then joins the others. */
export async function startProcessing(settings: ProcessingSettings, signal: AbortSignal): Promise<Running> {
  const clock = systemClock
  const { app, registry } = openServer(settings)
  await keepPrivate(
    DIRECTORIES.map((name) => join(settings.dataDirectory, name)),
    app.log,
  )
  const onRetry = retryLogger(app.log)
  const kafka = await openLog(settings.kafka, 'tally-processing', clock, onRetry, signal)
  const { key: nameKey } = await openLogNaming(kafka, settings.kafka, clock, onRetry, signal)
  const opening = { clock, random: Math.random, onRetry, signal }
  const stores = await openCassandraStores(settings.cassandra, opening)
  const breaker = countsBreaker(registry, app.log)
  const redis = settings.redis === null ? null : openRedis({ ...settings.redis, name: 'tally-processing' })
  const told: ToldCounts = toldCounts(
    guardedWriter(stores.counts, breaker),
    settings.redis,
    'tally-processing-news',
    settings.driver.aheadMs,
    () => processing.progress().asOfMs,
  )
  const { log } = await openOverflow(kafka.log, settings, clock)
  const processing = new Processing(
    {
      log,
      counts: told.counts,
      lanes: lanesOn(log),
      hints: redis === null ? null : hintsOn(new RedisCalls(redis, clock, HINT_CALL_LIMITS), settings),
      snapshots: await openSnapshots(settings),
      schemas: loadSchemas(),
      nameKey,
      clock,
      random: Math.random,
      onRetry,
      onHalt: ({ id }, error) => app.log.fatal({ err: error }, `source ${id} stands still`),
    },
    settings.driver,
  )
  watchProcessing(registry, processing, log, clock)
  registerOperations(app, { registry, notReady: () => processing.haltReason() })
  await app.listen({ host: settings.host, port: settings.port })
  const ownership = groupOwnership(settings, kafka, app.log)
  const closing = new AbortController()
  const mirroring = mirror(settings, kafka, processing, app.log, closing.signal)
  const governing = await governOverload(settings, kafka, () => stores.counts.checkpoints(), app.log)
  await ownership.claim((sources) => {
    processing.own(sources)
    governing.lead(sources.some(({ partition }) => partition === 0))
  })
  return {
    url: listeningUrl(app, settings.host),
    async stop() {
      closing.abort()
      const left = ownership.close() // the others take over at once, while this one stores what it has read
      await processing.stop(settings.shutdownTimeoutMs)
      await left
      await told.close()
      await governing.stop()
      await app.close()
      await mirroring
      await kafka.close()
      await stores.close()
      breaker.close()
      redis?.disconnect()
    },
  }
}

async function openSnapshots({ dataDirectory }: ProcessingSettings) {
  const directory = join(dataDirectory, 'snapshots')
  await mkdir(directory, { recursive: true })
  return fileSnapshots(directory)
}

function groupOwnership(
  { kafka: { brokers, client, group }, lane }: ProcessingSettings,
  { log }: OpenedLog,
  logger: FastifyBaseLogger,
): Ownership {
  return OWNERSHIPS[client]({
    ...{ brokers, log, lane, clock: systemClock },
    clientId: 'tally-processing',
    groupId: group,
    onTrouble: (err) => logger.warn({ err }, 'is not in the group, will join again'),
  })
}

/** For Kafka's own tools; nothing here reads it. */
function mirror(
  { kafka: { group }, lane }: ProcessingSettings,
  { client, log }: OpenedLog,
  processing: Processing,
  logger: FastifyBaseLogger,
  signal: AbortSignal,
): Promise<void> {
  const mirrored = {
    client,
    clock: systemClock,
    group: `${group}-checkpoints`,
    topic: log.topicOf(lane),
    offsets: () => processing.checkpointed(),
    onTrouble: (err: unknown) => logger.warn({ err }, 'could not show the checkpoints as a group'),
  }
  return mirrorCheckpoints(mirrored, signal)
}

function hintsOn(calls: RedisCalls, { driver }: ProcessingSettings): RedisHints {
  return new RedisHints(calls, {
    ...HINT_LIMITS,
    windowMs: driver.horizonMs + driver.aheadMs + HINT_SLACK_MS,
  })
}
