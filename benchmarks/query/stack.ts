// What answers under measurement: the product in one process on a disk, or its services on Cassandra, Redis and Kafka.
import { join } from 'node:path'
import { runScript } from '../../infra/cluster/run-script.ts'
import { openServers } from '../../infra/servers.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { unlessAborted } from '../../lib/interruption.ts'
import { SettingsReader } from '../../lib/settings-reader.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../../model/bucket.ts'
import { MINUTES_PER_QUARTER, type Quarters, startsOf } from '../../model/quarters.ts'
import { type Aggregate, EMPTY } from '../../model/total.ts'
import { announcedCounts } from '../../stores/backing/announced-counts.ts'
import { openNews } from '../../stores/backing/on-redis.ts'
import { openCassandraStores } from '../../stores/backing/open-cassandra-stores.ts'
import { readCassandraSettings } from '../../stores/cassandra/cassandra-settings.ts'
import type { CountWriter } from '../../stores/counts/counts.ts'
import { openEmbeddedStores } from '../../stores/counts/embedded/embedded-stores.ts'
import type { RollupResolution, RollupRow, RollupWriter } from '../../stores/counts/rollups.ts'
import { openDataDirectory } from '../../stores/disk/data-directory.ts'
import { readRedisSettings } from '../../stores/redis/redis-settings.ts'
import { TOPS_BYTES_MAX } from '../../stores/tops/tops-settings.ts'
import { ServerProcess } from '../server-process.ts'
import { type Dataset, type Minute, VALUE } from './dataset.ts'

export type Stack = {
  readonly queries: string
  readonly events: string
  /** The settings of its servers; null if it has none. */
  readonly environment: Readonly<Record<string, string>> | null
  stop(): Promise<void>
}

const MAIN = (service: string) => new URL(`../../services/${service}/main.ts`, import.meta.url)
const SOURCE_ID = 'prefilled-0'
const ROWS_PER_WRITE = 5_000
const TOPS = { aheadMs: 60_000, bytesMax: TOPS_BYTES_MAX }
const SERVERS = ['kafka', 'cassandra', 'redis'] as const
const PORTS = { kafka: 28_092, cassandra: 28_042, redis: 28_379 }
/** What Cassandra keeps by the minute; older ranges are read from rollups, as if they were recounted. */
const MINUTES_KEPT_DAYS = 13

export async function openEmbedded(directory: string, dataset: Dataset): Promise<Stack> {
  const { counts } = await openDataDirectory(directory)
  const stores = await openEmbeddedStores({ directory: counts })
  await writeMinutes(stores.counts, dataset, 0)
  await stores.close()
  const server = await ServerProcess.start(MAIN('standalone'), { PORT: '0', DATA_DIR: directory })
  const events = `${server.url}/v1/events`
  return { queries: server.url, events, environment: null, stop: () => server.stop() }
}

/** When the signal is aborted before it is there, all that was started is stopped. */
export async function openCluster(directory: string, dataset: Dataset, signal: AbortSignal): Promise<Stack> {
  const ports = { ...readInfraSettings(process.env).ports, ...PORTS }
  const servers = await openServers({ directory: join(directory, 'servers'), ports })
  const processes: ServerProcess[] = []
  const stop = async () => {
    await Promise.all(processes.map((process) => process.stop()))
    await servers.down([...SERVERS])
  }
  try {
    const { kafka, cassandra, redis } = await servers.up({ kafka: 1, cassandra: 1, redis: 1 }, signal)
    const environment = {
      ...{ KAFKA_BROKERS: kafka![0]!, KAFKA_REPLICATION: '1', PARTITIONS: '4', REDIS_URL: redis![0]! },
      ...{ CASSANDRA_CONTACT_POINTS: cassandra![0]!, CASSANDRA_REPLICATION: '1' },
      DRAIN_MS: '0',
    }
    await runScript('tools/migrate.ts', environment, undefined, signal)
    await runScript('tools/topics.ts', environment, undefined, signal)
    await unlessAborted(fillCassandra(environment, dataset), signal)
    for (const service of ['partitioner', 'processing', 'query']) {
      signal.throwIfAborted()
      const own = { PORT: '0', DATA_DIR: join(directory, service) }
      processes.push(await ServerProcess.start(MAIN(service), { ...environment, ...own }))
    }
    const [partitioner, , query] = processes
    return { queries: query!.url, events: `${partitioner!.url}/v1/events`, environment, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function fillCassandra(environment: Readonly<Record<string, string>>, dataset: Dataset): Promise<void> {
  const settings = readCassandraSettings(new SettingsReader(environment))
  const deps = { clock: systemClock, random: Math.random, onRetry: () => {} }
  const stores = await openCassandraStores(settings, { ...deps, signal: new AbortController().signal })
  const redis = readRedisSettings(new SettingsReader(environment))
  await using stack = new AsyncDisposableStack()
  const news = openNews({ name: 'tally-bench', stack, clock: systemClock }, redis, TOPS)
  const counts = announcedCounts(stores.counts, news, () => 0)
  news?.tops.begin(SOURCE_ID, null)
  await writeMinutes(counts, dataset, dataset.endMinute - MINUTES_KEPT_DAYS * MINUTES_PER_DAY)
  await counts.writeCheckpoint(SOURCE_ID, {
    ...{ offset: dataset.endMinute, logTimeMs: Date.now() },
    ledger: { records: 0, events: 0, counted: 0, duplicate: 0, late: 0, dead: 0, deadRecords: 0 },
  })
  await writeRollups(stores.rollups, dataset)
  await stores.close()
}

async function writeMinutes(counts: CountWriter, dataset: Dataset, from: number): Promise<void> {
  for (const [video, videoId] of dataset.videoIds.entries()) {
    const minutes = dataset.minutes(video).filter(({ minute }) => minute >= from)
    for (const lot of lotsOf(minutes)) {
      const rows = lot.map(({ minute, count }) => ({
        bucket: { tenant: '', videoId, type: 'view', minute },
        total: { ...aggregateOf(count), upTo: minute },
      }))
      await counts.write(SOURCE_ID, rows)
    }
  }
}

/** Writes what the batch layer would write after recounting everything. */
async function writeRollups(rollups: RollupWriter, dataset: Dataset): Promise<void> {
  const write = async (resolution: RollupResolution, length: 60 | 1_440) => {
    for (const [video, videoId] of dataset.videoIds.entries()) {
      for (const lot of lotsOf(dataset.periods(video, length))) {
        const rows = lot.map(({ minute, count }): RollupRow => {
          const series = { tenant: '', videoId, type: 'view' }
          const row = { series, start: minute, aggregate: aggregateOf(count) }
          return resolution === 'day' ? row : { ...row, quarters: quartersOf(dataset, video, minute) }
        })
        await rollups.writeRollups(resolution, 1, rows)
      }
    }
  }
  await write('hour', MINUTES_PER_HOUR)
  await write('day', MINUTES_PER_DAY)
  await rollups.writeReconciled({ version: 1, toMinute: dataset.endMinute, exceptHours: [] })
}

function quartersOf(dataset: Dataset, video: number, hour: number): Quarters {
  const counts = Array.from(startsOf(hour), ({ start }) =>
    dataset.count(video, start, start + MINUTES_PER_QUARTER),
  )
  return counts.map((count) => (count === 0 ? EMPTY : aggregateOf(count))) as unknown as Quarters
}

function* lotsOf(minutes: Iterable<Minute>): Generator<Minute[]> {
  let lot: Minute[] = []
  for (const minute of minutes) {
    lot.push(minute)
    if (lot.length < ROWS_PER_WRITE) continue
    yield lot
    lot = []
  }
  if (lot.length > 0) yield lot
}

function aggregateOf(count: number): Aggregate {
  return { count, values: count, sum: BigInt(count * VALUE), min: VALUE, max: VALUE }
}
