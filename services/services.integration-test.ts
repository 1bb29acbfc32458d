// Every service as it is composed for real servers: they count together, stop in order, and each closes what it opened
// where its start fails half-way. Needs Kafka, Cassandra and Redis that `npm run infra` has started.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Running } from '../lib/run-process.ts'
import type { Environment } from '../lib/settings-reader.ts'
import { systemClock as clock } from '../lib/system-clock.ts'
import { MINUTE_MS, minuteOf } from '../model/bucket.ts'
import { RecordBuilder } from '../schemas/record.ts'
import { openCassandraStores } from '../stores/backing/open-cassandra-stores.ts'
import { createTopics } from '../stores/log/kafka/create-topics.ts'
import type { KafkaClient, OffsetQuery, TopicSpec } from '../stores/log/kafka/kafka-client.ts'
import { openKafkaLayouts } from '../stores/log/kafka/kafka-layouts.ts'
import { openKafkaLog } from '../stores/log/kafka/kafka-log.ts'
import { PlatformaticClient } from '../stores/log/kafka/platformatic/platformatic-client.ts'
import { openRedis } from '../stores/redis/connection.ts'
import { removeWatermark, tellWatermark, WatermarkReader } from '../stores/watermarks/kafka-watermarks.ts'
import { openTestKeyspace } from '../testing/cassandra-keyspace.ts'
import { testBrokers } from '../testing/kafka-brokers.ts'
import { LEFT_TO_NIGHTLY } from '../testing/nightly.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { TraceCollector } from '../testing/trace-collector.ts'
import { until } from '../testing/until.ts'
import { registerOpenApi } from './description.ts'
import { startPartitioner } from './partitioner/service.ts'
import { readSettings as partitionerSettings } from './partitioner/settings.ts'
import { startProcessing } from './processing/service.ts'
import { readSettings as processingSettings } from './processing/settings.ts'
import { startQuery } from './query/service.ts'
import { readSettings as querySettings } from './query/settings.ts'
import { startReconciler } from './reconciler/service.ts'
import { readSettings as reconcilerSettings } from './reconciler/settings.ts'

const TOPICS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 3_600_000, retentionBytes: -1 }
/** In which something could be counted twice. */
const A_MOMENT_MS = 1_000
/** Long enough for the query service to hear of it before. */
const HELD_IN_MS = 4_000
/** Lists are shared by all that use the servers. */
const TYPE = `view-${randomBytes(6).toString('hex')}`

const { signal } = new AbortController()
const STARTS: Readonly<Record<string, (environment: Environment) => Promise<Running>>> = {
  partitioner: (environment) => startPartitioner(partitionerSettings(environment), signal),
  processing: (environment) => startProcessing(processingSettings(environment), signal),
  query: (environment) => startQuery(querySettings(environment), registerOpenApi, signal),
  reconciler: (environment) => startReconciler(reconcilerSettings(environment), signal),
}

/** The way to start a service on topics and a keyspace of the test's own. */
async function setUp(test: { after(end: () => Promise<void>): void }, isOfEarlierRelease = false) {
  const stack = new AsyncDisposableStack()
  test.after(() => stack.disposeAsync())
  const directory = stack.use(await temporaryDirectory())
  const { settings } = stack.use(await openTestKeyspace())
  const prefix = `test-${randomBytes(6).toString('hex')}`
  const client = new PlatformaticClient({ brokers: testBrokers(), clientId: 'tally-test' })
  const newIncarnation = () => randomBytes(4).toString('hex')
  const maker = isOfEarlierRelease ? withoutWatermarks(client) : client
  await createTopics({ ...TOPICS, client: maker, clock, prefix, partitions: 2, newIncarnation })
  const newProposalId = () => prefix
  const layouts = await openKafkaLayouts({
    client,
    clock,
    prefix,
    newProposalId,
    onRefreshFailed() {},
  })
  await layouts.propose({ partitions: 2, splits: new Map(), dedicated: new Map() })
  await layouts.close()
  test.after(() => client.close())
  const start = (name: string, rest: Readonly<Record<string, string>> = {}) =>
    STARTS[name]!({
      ...process.env,
      ...{ HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'silent', FLUSH_INTERVAL_MS: '100', DRAIN_MS: '0' },
      ...{ KAFKA_PREFIX: prefix, KAFKA_GROUP: prefix, KAFKA_ARCHIVE_GROUP: `${prefix}-archive` },
      ...{ CASSANDRA_KEYSPACE: settings.keyspace, DATA_DIR: `${directory.path}/${name}` },
      ...rest,
    })
  return { start, client, prefix, keyspace: settings }
}

/** Makes topics as a release did that knew no watermarks. */
function withoutWatermarks(client: KafkaClient): KafkaClient {
  const isOne = (topic: string) => topic.endsWith('.watermarks')
  return new Proxy(client, {
    get(_, name: keyof KafkaClient) {
      if (name === 'createTopic')
        return async (spec: TopicSpec) => (isOne(spec.name) ? undefined : client.createTopic(spec))
      if (name === 'partitionCount')
        return async (topic: string) => (isOne(topic) ? 1 : client.partitionCount(topic))
      if (name === 'offsetOf')
        return async (topic: string, partition: number, query: OffsetQuery) =>
          isOne(topic) ? 0 : client.offsetOf(topic, partition, query)
      return client[name].bind(client)
    },
  })
}

test('where an earlier release made the topics, a partitioner starts and takes events', async (context) => {
  const { start } = await setUp(context, true)
  const running: Running[] = []
  const type = `${TYPE}-earlier`
  for (const name of ['partitioner', 'processing', 'query']) running.push(await start(name))
  const body = JSON.stringify([{ id: '1', videoId: 'v', type, time: Date.now() }])
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${running[0]!.url}/v1/events`, { method: 'POST', headers, body })
  assert.equal(answer.status, 202)
  const path = `/v1/videos/v/stats?eventType=${type}&function=count`
  const counted = async () =>
    ((await (await fetch(`${running[2]!.url}${path}`)).json()) as { value: number }).value
  await until('the event is counted', async () => (await counted()) === 1)
  for (const one of running) await one.stop()
})

test('where the port is taken, a service closes what it opened on every server', async (context) => {
  const { start } = await setUp(context)
  const other = createServer().listen(0, '127.0.0.1')
  const redis = openRedis({ url: process.env.REDIS_URL!, name: 'test' })
  context.after(() => {
    other.close()
    redis.disconnect()
  })
  await Promise.all(
    [other, redis].map((one, i) => new Promise((begun) => one.once(['listening', 'ready'][i]!, begun))),
  )
  const { port } = other.address() as { port: number }
  for (const name of Object.keys(STARTS)) {
    await assert.rejects(start(name, { PORT: String(port) }), { code: 'EADDRINUSE' }, name)
    const connected = async () => String(await redis.client('LIST')).includes(`name=tally-${name}`)
    await until(`${name} has left Redis`, async () => !(await connected()))
  }
})

test('what the partitioner takes is counted and answered, also when all have started again', async (context) => {
  const { start } = await setUp(context)
  const time = Date.now()
  const events = ['1', '2', '2', '3'].map((id) => ({ id, videoId: 'v', type: TYPE, time }))
  const count = async (url: string) => {
    const answer = await fetch(`${url}/v1/videos/v/stats?eventType=${TYPE}&function=count`)
    return ((await answer.json()) as { value: number }).value
  }
  for (const _ of [1, 2]) {
    const running: Running[] = []
    for (const name of Object.keys(STARTS)) running.push(await start(name))
    const [partitioner, , query] = running
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(events)
    const answer = await fetch(`${partitioner!.url}/v1/events`, { method: 'POST', headers, body })
    assert.equal(answer.status, 202)
    await until('all are counted', async () => (await count(query!.url)) >= 3)
    await sleep(A_MOMENT_MS)
    assert.equal(await count(query!.url), 3)
    const listed = async () => {
      const list = await (await fetch(`${query!.url}/v1/top?eventType=${TYPE}`)).json()
      return (list as { videos: readonly { videoId: string; count: number }[] }).videos
    }
    await until('the top list has them', async () => (await listed())[0]?.count === 3)
    assert.deepEqual(await listed(), [{ videoId: 'v', count: 3 }])
    for (const one of running) {
      await until(`${one.url} is ready`, async () => (await fetch(`${one.url}/health/ready`)).status === 200)
      await one.stop()
    }
  }
})

test('an answer goes no further than what every partitioner has handed over', async (context) => {
  const { start, client, prefix } = await setUp(context)
  const running: Running[] = []
  for (const name of ['partitioner', 'processing', 'query']) running.push(await start(name))
  const url = running[2]!.url
  const startTime = Date.now() - 10 * MINUTE_MS
  const ask = async (endTime: number) => {
    const range = `startTime=${startTime}&endTime=${endTime}`
    const answer = await fetch(`${url}/v1/videos/v/stats?eventType=${TYPE}&function=count&${range}`)
    const { meta } = (await answer.json()) as { meta: { asOf: string; complete: boolean } }
    return { asOfMs: Date.parse(meta.asOf), complete: meta.complete }
  }
  const untilAnswer = (endTime: number, holds: (found: Awaited<ReturnType<typeof ask>>) => boolean) =>
    until(`the answer holds: ${holds}`, async () => holds(await ask(endTime)))
  const watermarks = new WatermarkReader(client, prefix)
  assert.equal((await watermarks.read()).size, 1)
  const pastMs = startTime + 5 * MINUTE_MS
  await untilAnswer(pastMs, ({ complete }) => complete)

  const heldMs = Date.now() + HELD_IN_MS
  await tellWatermark(client, prefix, 'of another disk', { upToMs: heldMs, sinceMs: heldMs })
  await sleep(HELD_IN_MS + 2_500)
  const held = await ask(pastMs)
  assert.ok(held.asOfMs <= heldMs, `${held.asOfMs}, although events of ${heldMs} wait`)
  assert.equal(held.complete, true)
  await removeWatermark(client, prefix, 'of another disk')
  await untilAnswer(pastMs, ({ asOfMs }) => asOfMs > heldMs + 4_000)

  await running[0]!.stop()
  const [disk] = Array.from((await watermarks.read()).values())
  assert.equal(disk!.hasEnded, true, 'it left nothing behind')
  for (const one of running.slice(1)) await one.stop()
})

/** One event of now. */
function recordOf(id: string, type: string): Uint8Array {
  const nothing = { valueThousandths: null, viewerId: null, channelId: null, attributes: null, source: null }
  const builder = new RecordBuilder()
  builder.add({ id, videoId: 'v', type, tenant: '', timeMs: Date.now(), ...nothing })
  return builder.finish()
}

for (const name of ['platformatic', 'kafkajs']) {
  const skip = name === 'kafkajs' && LEFT_TO_NIGHTLY
  const title = `through ${name} a trace goes from the request to the row, and what is no trace is counted`
  test(title, { skip }, async (context) => {
    const { start, client, prefix } = await setUp(context)
    await using collector = await TraceCollector.start()
    const tracing = {
      ...{ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_TRACES_SAMPLER_ARG: '0' },
      ...{ TRUST_PROXY: 'loopback', KAFKA_CLIENT: name },
      APPEND_TIMEOUT_MS: '60000', // a spool would lose whom a record tells
    }
    const type = `${TYPE}-${name}`
    const log = await openKafkaLog({ client, clock, prefix })
    const hostile = ['', '<script>', 'é'.repeat(55), 'x'.repeat(100_000), ...new Array(1_000).fill('many')]
    await log.append('events', 0, recordOf('hostile', type), { traceparents: hostile })

    const running: Running[] = []
    for (const service of ['partitioner', 'processing', 'query']) running.push(await start(service, tracing))
    const [partitioner, , query] = running
    const traceId = randomBytes(16).toString('hex')
    const send = (id: string, isTold: boolean) => {
      const traceparent = `00-${traceId}-${'1'.repeat(16)}-0${Number(isTold)}`
      const headers = { 'content-type': 'application/json', traceparent }
      const body = JSON.stringify({ id, videoId: 'v', type, time: Date.now() })
      return fetch(`${partitioner!.url}/v1/events`, { method: 'POST', headers, body })
    }
    for (const isTold of [true, false]) assert.equal((await send(`e${isTold}`, isTold)).status, 202)
    const path = `/v1/videos/v/stats?eventType=${type}&function=count`
    const counted = async () =>
      ((await (await fetch(`${query!.url}${path}`)).json()) as { value: number }).value
    await until('all are counted', async () => (await counted()) === 3)
    for (const one of running) await one.stop()

    const names = ['POST /v1/events', 'log store', 'processing count', 'counts write']
    const spans = names.map((wanted) => collector.spans.filter((span) => span.name === wanted))
    assert.deepEqual(
      spans.map((found) => found.map((span) => span.traceId)),
      names.map(() => [traceId]),
    )
    for (const [i, [span]] of spans.entries())
      if (i > 0) assert.equal(span!.parentSpanId, spans[i - 1]![0]!.spanId, names[i]!)
    log.close()
  })
}

test('who would open closed minutes again does not start without HORIZON_BEFORE', async (context) => {
  const { start, keyspace } = await setUp(context)
  const stores = await openCassandraStores(keyspace, { clock, random: Math.random, onRetry() {}, signal })
  context.after(() => stores.close())
  const toMinute = minuteOf(Date.now()) - 12
  const closed = { toMinute, horizonMs: 600_000 }
  await stores.rollups.writeReconciled({ version: 1, toMinute: 0, exceptHours: [], closed })
  const untilText = `${new Date(Date.now() + MINUTE_MS).toISOString().slice(0, 19)}Z`
  for (const name of ['processing', 'reconciler']) {
    await assert.rejects(start(name, { HORIZON_MS: '1200000' }), /set HORIZON_BEFORE=600000@/, name)
    await (await start(name, { HORIZON_MS: '600000' })).stop()
    const both = { HORIZON_MS: '1200000', HORIZON_BEFORE: `600000@${untilText}` }
    await (await start(name, both)).stop()
  }
})
