// Counts get more shards under load, twice, while processes are killed: in the end there are hours in three layouts.
//
// An operator gets them for an hour that is hours ahead, and by then every process has looked. No test waits so long:
// here the command runs with a clock that is hours behind, and gets them for a past hour. Nothing of that hour or later
// is sent until every process must have looked.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../infra/cluster/cluster.ts'
import { mapBounded } from '../../lib/map-bounded.ts'
import { SettingsReader } from '../../lib/settings-reader.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { HOUR_MS, MINUTE_MS } from '../../model/bucket.ts'
import type { Random } from '../../simulator/random.ts'
import { readCassandraSettings } from '../../stores/cassandra/cassandra-settings.ts'
import { connect } from '../../stores/cassandra/connect.ts'
import { CONNECT_DEPS } from '../../testing/cassandra-keyspace.ts'
import { clockAhead } from '../../testing/clock-ahead.ts'
import { migrateInAttempts } from '../../tools/migrate-in-attempts.ts'
import { audit, untilHourIsClosed } from '../batch/product.ts'
import type { Truth } from '../faults/acknowledged-counts.ts'
import { NAMED_PREFIX, TYPES } from '../faults/traffic.ts'
import type { Sent } from '../faults/under-load.ts'
import { untilCounted } from '../rebuild/world.ts'
import { AroundHours, SPAN_MS } from './around-hours.ts'
import { type Growth, hold, say, timed, type World } from './world.ts'

/** The shards of a new keyspace on one node, and those that it gets. */
const LAYOUTS = [16, 48, 80] as const
/** All that is sent is counted live. */
const HORIZON_MS = 6 * HOUR_MS
/** By then every hour is closed. */
const RECOUNTED_MS = HORIZON_MS + 2 * HOUR_MS
/** How long before an hour the command chooses it. */
const CHOSEN_MS = 3.5 * HOUR_MS
/** What counts or answers looks again, while it goes on, when what it knows is older than a minute. */
const OLD_MS = 65_000
const DEAD_MS = 3_000
const QUESTIONS_AT_ONCE = 16

class Shards implements Growth {
  readonly size = { brokers: 1, cassandraNodes: 1, partitions: 16 }
  readonly environment = {
    HORIZON_MS: String(HORIZON_MS),
    ARCHIVE_FLUSH_MS: '5000',
    RECONCILE_INTERVAL_MS: '5000',
  }
  #traffic!: AroundHours

  traffic(random: Random): AroundHours {
    this.#traffic = new AroundHours(random, Date.now())
    return this.#traffic
  }

  async grow(world: World): Promise<void> {
    await hold(world)
    for (const shards of LAYOUTS.slice(1)) await this.#raise(world, shards)
  }

  /** One of each is dead while the command runs; the others are killed when the first rows of the new hour come. */
  async #raise(world: World, shards: number): Promise<void> {
    const { cluster, signal } = world
    await cluster.service('processing-1').kill()
    await addShards(world, this.#traffic.comingMs, shards)
    await cluster.service('processing-1').start()
    await killed(world, 'query-1')
    await sleep(OLD_MS, undefined, { signal })
    await untilCounted(world, Date.now())
    await hold(world)
    this.#traffic.come()
    say('events of that hour are sent')
    for (const name of ['processing-2', 'query-2', 'processing-1']) await killed(world, name)
    await hold(world)
  }

  async later(cluster: Cluster, { client, truth }: Sent, signal: AbortSignal): Promise<string[]> {
    const lastMs = this.#traffic.comingMs - HOUR_MS
    const firstMs = lastMs - (LAYOUTS.length - 2) * HOUR_MS
    const across = async () => {
      const ask = (fromMs: number, toMs: number) => wrongSums({ client, truth }, fromMs, toMs, signal)
      const layouts = [firstMs + SPAN_MS, lastMs + SPAN_MS]
      return (await mapBounded(layouts, 1, (toMs) => ask(firstMs - SPAN_MS, toMs))).flat()
    }
    const faults = [
      ...(await layoutFaults(cluster, firstMs)),
      ...(await timed('ranges of two and of three layouts are compared', across())),
    ]
    await timed('hours later everything is recounted', untilRecounted(cluster, lastMs, signal))
    return [
      ...faults,
      ...(await auditFaults(cluster, signal)),
      ...(await timed('the same ranges are compared again', across())),
    ]
  }
}

export const shards: Growth = new Shards()

/** As `npm run migrate -- --shards` does, some hours before that hour. */
async function addShards({ cluster }: World, fromMs: number, count: number): Promise<void> {
  const settings = readCassandraSettings(new SettingsReader(cluster.services[0]!.spec.environment))
  const behindMs = Date.now() - (fromMs - CHOSEN_MS)
  const clock = { ...systemClock, nowMs: () => Date.now() - behindMs }
  await migrateInAttempts(settings, { onApplied: () => {}, shards: count }, say, clock)
  say(`minutes from ${new Date(fromMs).toISOString()} on are counted in ${count} shards`)
}

/** With clocks by which every hour is closed. */
async function untilRecounted({ url, services }: Cluster, lastMs: number, signal: AbortSignal) {
  for (const service of services) service.configure(clockAhead(RECOUNTED_MS))
  await Promise.all(services.map((service) => service.stop()))
  await Promise.all(services.map((service) => service.start(signal)))
  await untilHourIsClosed(url, lastMs, signal)
}

async function auditFaults({ url }: Cluster, signal: AbortSignal): Promise<string[]> {
  const { totals } = (await audit(url, signal)).strong!
  console.log(`the audit: ${JSON.stringify(totals)}`)
  const { hours, lateApplied, difference, unexplained, missing } = totals
  const isRight = hours === LAYOUTS.length && lateApplied + difference + unexplained + missing === 0
  return isRight ? [] : ['the recount differs from the counts, or is not of all hours']
}

async function killed({ cluster, signal }: World, name: string): Promise<void> {
  await cluster.service(name).kill()
  await sleep(DEAD_MS, undefined, { signal })
  await cluster.service(name).start()
  say(`${name} was killed, and is back`)
}

/** Whether each hour has rows in shards that the one before it lacks, and in none that it lacks itself. */
async function layoutFaults(cluster: Cluster, firstMs: number): Promise<string[]> {
  const settings = readCassandraSettings(new SettingsReader(cluster.services[0]!.spec.environment))
  const client = await connect(settings, settings.keyspace, CONNECT_DEPS)
  const { rows } = await client.execute('SELECT DISTINCT shard, hour FROM shared_counts')
  await client.shutdown()
  return LAYOUTS.flatMap((count, i) => {
    const hourMs = firstMs + (i - 1) * HOUR_MS
    const used = rows.filter(({ hour }) => hour.getTime() === hourMs).map(({ shard }) => Number(shard))
    const most = Math.max(...used) + 1
    say(`${new Date(hourMs).toISOString()}: rows in ${used.length} of ${count} shards`)
    return most > (LAYOUTS[i - 1] ?? 0) && most <= count ? [] : [`${most} shards used in an hour of ${count}`]
  })
}

/** The counts of all videos in a range that differ from what was sent, one line each. */
async function wrongSums(
  { client, truth }: Sent,
  fromMs: number,
  toMs: number,
  signal: AbortSignal,
): Promise<string[]> {
  const videoIds = Array.from(truth.videoIds).filter((id) => !id.startsWith(NAMED_PREFIX))
  const series = videoIds.flatMap((videoId) => TYPES.map((type) => ({ videoId, type })))
  const wrong = await mapBounded(series, QUESTIONS_AT_ONCE, async ({ videoId, type }) => {
    const { value } = await client.getStats(videoId, type, 'count', fromMs, toMs, { signal })
    const wanted = sumOf(truth, videoId, type, fromMs, toMs)
    return (value ?? 0) === wanted ? [] : [`${videoId} ${type} ${fromMs} to ${toMs}: ${value}, not ${wanted}`]
  })
  return wrong.flat()
}

function sumOf(truth: Truth, videoId: string, type: string, fromMs: number, toMs: number): number {
  const minutes = truth.minutes(videoId, type).entries()
  return minutes
    .filter(([minuteMs]) => minuteMs >= fromMs && minuteMs + MINUTE_MS <= toMs)
    .reduce((sum, [, { count }]) => sum + count, 0)
}
