// The overload lane on real brokers: on for some minutes and off for others, while two partitioners take every event
// twice, and workers that count it start and stop. The sum of all sources is exact, minute by minute.

import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { NO_KEYS } from '../../../lib/http/keys/key-ring.ts'
import { buildServer } from '../../../lib/http/server.ts'
import { systemClock as clock } from '../../../lib/system-clock.ts'
import { MINUTE_MS, minuteOf } from '../../../model/bucket.ts'
import type { Layout } from '../../../model/layout.ts'
import { loadSchemas } from '../../../schemas/schema-set.ts'
import { createTopics } from '../../../stores/log/kafka/create-topics.ts'
import { openKafkaLayouts } from '../../../stores/log/kafka/kafka-layouts.ts'
import { type KafkaLog, openKafkaLog } from '../../../stores/log/kafka/kafka-log.ts'
import { PlatformaticClient } from '../../../stores/log/kafka/platformatic/platformatic-client.ts'
import type { Lane, Log } from '../../../stores/log/log.ts'
import { OverflowLog } from '../../../stores/log/overflow/overflow-log.ts'
import { Progress } from '../../../stores/log/progress.ts'
import { openLocalObjects } from '../../../stores/objects/local-objects.ts'
import type { ObjectStore } from '../../../stores/objects/objects.ts'
import { OWNERSHIPS } from '../../../stores/ownership/kafka-ownership.ts'
import { LocalRateLimit } from '../../../stores/rate-limit/rate-limit.ts'
import { NAME_KEY } from '../../../testing/event-fixture.ts'
import { fixedLayouts } from '../../../testing/fixed-layouts.ts'
import { testBrokers } from '../../../testing/kafka-brokers.ts'
import { MemoryCounts } from '../../../testing/memory-counts.ts'
import { DRIVER_SETTINGS } from '../../../testing/memory-world.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { until } from '../../../testing/until.ts'
import { registerEvents } from '../../partitioner/events-route.ts'
import { EVENT_LIMITS } from '../../partitioner/limits.ts'
import { NO_METRICS } from '../../partitioner/partitioner-metrics.ts'
import { lanesOn } from '../lanes.ts'
import { Processing } from '../processing.ts'

const brokers = testBrokers()
const PARTITIONS = 3
const EVENTS = 6_000
const BATCH = 200
const AHEAD_MS = 10 * MINUTE_MS
const TOPICS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 3_600_000, retentionBytes: -1 }
const TIMING = { sessionTimeoutMs: 6_000, heartbeatMs: 200, rebalanceTimeoutMs: 6_000, watchMs: 250 }
const SETTINGS = { ...DRIVER_SETTINGS, aheadMs: AHEAD_MS + MINUTE_MS, flushIntervalMs: 100, idleWaitMs: 100 }

test('minutes of the overload lane are counted exactly by workers that come and go', async () => {
  await using directory = await temporaryDirectory()
  const objects = await openLocalObjects(directory.path)
  const prefix = `test-${randomBytes(6).toString('hex')}`
  const client = new PlatformaticClient({ brokers, clientId: 'tally-test' })
  const newIncarnation = () => randomBytes(4).toString('hex')
  await createTopics({ ...TOPICS, client, clock, prefix, partitions: PARTITIONS, newIncarnation })
  const kafka = await openKafkaLog({ client, clock, prefix })
  const layouts = await layoutsThatToggle(client, prefix)
  const counts = new MemoryCounts()
  const worker = (lane: Lane) => startWorker(kafka, objects, counts, lane, prefix)

  const workers = [await worker('events'), await worker('events-overflow')]
  const events = drawEvents(layouts)
  const doors = [0, 1].map(() =>
    openDoor(new OverflowLog({ log: kafka, objects, clock, newName: randomUUID }), layouts),
  )
  for (let i = 0; i < events.length; i += BATCH) {
    const batch = events.slice(i, i + BATCH)
    await Promise.all(doors.map((door) => door.send(batch)))
    if (i === 2_000) workers.push(await worker('events-overflow'))
    if (i === 4_000) await workers[1]!.stop()
  }

  const progress = new Progress({
    log: kafka,
    checkpoints: () => counts.checkpoints(),
    clock,
    onError: console.error,
  })
  const sentMs = clock.nowMs()
  await until('all that was sent is counted', async () => {
    await progress.look()
    return progress.asOfMs >= sentMs
  })
  assert.deepEqual(await countsByMinute(counts, events), truthOf(events))
  const lanes = await recordsByLane(kafka)
  assert.ok(lanes.events > 0 && lanes.overflow > 0, JSON.stringify(lanes))
  assert.equal((await objects.list('overflow/')).length, lanes.overflow)
  for (const one of workers.filter((_, i) => i !== 1)) await one.stop()
  await Promise.all(doors.map((door) => door.close()))
  kafka.close()
  await client.close()
})

/** Off, on, off, on, off, each from the next minute. */
async function layoutsThatToggle(client: PlatformaticClient, prefix: string): Promise<readonly Layout[]> {
  const layouts = await openKafkaLayouts({
    ...{ client, clock, prefix },
    newProposalId: randomUUID,
    onRefreshFailed: () => {},
  })
  await layouts.agreeOnLead(0)
  await layouts.propose({ partitions: PARTITIONS, splits: new Map([['v0', 2]]), dedicated: new Map() })
  for (const overflow of [true, false, true]) await layouts.proposeOverflow(overflow)
  const proposed = await layouts.proposeOverflow(false)
  await layouts.close()
  return proposed
}

type SentEvent = {
  readonly id: string
  readonly videoId: string
  readonly type: string
  readonly time: number
}

/** From before the first of the alternating layouts to after the last. */
function drawEvents(layouts: readonly Layout[]): SentEvent[] {
  const from = layouts[1]!.fromMinute - 1
  const spanMs = (layouts.at(-1)!.fromMinute + 1 - from) * MINUTE_MS
  return Array.from({ length: EVENTS }, (_, i) => {
    const time = from * MINUTE_MS + ((i * 7_919) % spanMs)
    return { id: `e${i}`, videoId: `v${i % 5}`, type: 'view', time }
  })
}

function openDoor(log: Log, layouts: readonly Layout[]) {
  const app = buildServer()
  const limits = { ...EVENT_LIMITS, aheadMs: AHEAD_MS }
  registerEvents(app, {
    log,
    layouts: fixedLayouts(layouts),
    clock,
    keys: NO_KEYS,
    limits,
    rateLimit: new LocalRateLimit(limits.eventsPerSecondMax, clock),
    sourcesFromMs: 0,
    metrics: NO_METRICS,
  })
  return {
    async send(events: readonly SentEvent[]) {
      const answer = await app.inject({ method: 'POST', url: '/v1/events', payload: events as SentEvent[] })
      assert.equal(answer.statusCode, 202, answer.body)
    },
    close: () => app.close(),
  }
}

async function startWorker(
  kafka: KafkaLog,
  objects: ObjectStore,
  counts: MemoryCounts,
  lane: Lane,
  group: string,
) {
  const log = new OverflowLog({ log: kafka, objects, clock, newName: randomUUID })
  const processing = new Processing(
    {
      ...{ log, counts, clock },
      lanes: lanesOn(log),
      hints: null,
      snapshots: null,
      schemas: loadSchemas(),
      nameKey: NAME_KEY,
      random: Math.random,
      onRetry: () => {},
      onHalt: (_, error) => assert.fail(String(error)),
    },
    SETTINGS,
  )
  const ownership = OWNERSHIPS.platformatic({
    ...{ brokers, clock, lane, log: kafka, timing: TIMING },
    clientId: 'tally-test',
    groupId: `${group}-${lane}`,
    onTrouble: console.error,
  })
  await ownership.claim((sources) => processing.own(sources))
  return {
    async stop() {
      const left = ownership.close()
      await processing.stop(5_000)
      await left
    },
  }
}

function truthOf(events: readonly SentEvent[]): Map<string, number> {
  const truth = new Map<string, number>()
  for (const { videoId, time } of events) {
    const key = `${videoId} ${minuteOf(time)}`
    truth.set(key, (truth.get(key) ?? 0) + 1)
  }
  return new Map(Array.from(truth).sort())
}

async function countsByMinute(
  counts: MemoryCounts,
  events: readonly SentEvent[],
): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (const videoId of new Set(events.map((event) => event.videoId))) {
    const series = { tenant: '', videoId, type: 'view' }
    const minutes = events.map(({ time }) => minuteOf(time))
    const range = { resolution: 'minute', from: Math.min(...minutes), to: Math.max(...minutes) + 1 } as const
    const { periods } = await counts.read(series, range)
    for (const { start, aggregate } of periods) found.set(`${videoId} ${start}`, aggregate.count)
  }
  return new Map(Array.from(found).sort())
}

async function recordsByLane(log: Log): Promise<{ events: number; overflow: number }> {
  const records = async (lane: Lane) => {
    const ends = await Promise.all((await log.sources(lane)).map((source) => log.bounds(source)))
    return ends.reduce((sum, { endOffset }) => sum + endOffset, 0)
  }
  return { events: await records('events'), overflow: await records('events-overflow') }
}
