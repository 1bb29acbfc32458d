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
import { createTopics } from '../stores/log/kafka/create-topics.ts'
import { openKafkaLayouts } from '../stores/log/kafka/kafka-layouts.ts'
import { PlatformaticClient } from '../stores/log/kafka/platformatic/platformatic-client.ts'
import { openRedis } from '../stores/redis/connection.ts'
import { openTestKeyspace } from '../testing/cassandra-keyspace.ts'
import { testBrokers } from '../testing/kafka-brokers.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
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
const POLL_MS = 250
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
async function setUp(test: { after(end: () => Promise<void>): void }) {
  const stack = new AsyncDisposableStack()
  test.after(() => stack.disposeAsync())
  const directory = stack.use(await temporaryDirectory())
  const { settings } = stack.use(await openTestKeyspace())
  const prefix = `test-${randomBytes(6).toString('hex')}`
  const client = new PlatformaticClient({ brokers: testBrokers(), clientId: 'tally-test' })
  const newIncarnation = () => randomBytes(4).toString('hex')
  await createTopics({ ...TOPICS, client, clock, prefix, partitions: 2, newIncarnation })
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
  await client.close()
  return (name: string, rest: Readonly<Record<string, string>> = {}) =>
    STARTS[name]!({
      ...process.env,
      ...{ HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'silent', FLUSH_INTERVAL_MS: '100', DRAIN_MS: '0' },
      ...{ KAFKA_PREFIX: prefix, KAFKA_GROUP: prefix, KAFKA_ARCHIVE_GROUP: `${prefix}-archive` },
      ...{ CASSANDRA_KEYSPACE: settings.keyspace, DATA_DIR: `${directory.path}/${name}` },
      ...rest,
    })
}

test('where the port is taken, a service closes what it opened on every server', async (context) => {
  const start = await setUp(context)
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
    while (await connected()) await sleep(POLL_MS)
  }
})

test('what the partitioner takes is counted and answered, also when all have started again', async (context) => {
  const start = await setUp(context)
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
    while ((await count(query!.url)) < 3) await sleep(POLL_MS)
    await sleep(4 * POLL_MS)
    assert.equal(await count(query!.url), 3)
    const list = await (await fetch(`${query!.url}/v1/top?eventType=${TYPE}`)).json()
    assert.deepEqual((list as { videos: unknown }).videos, [{ videoId: 'v', count: 3 }])
    for (const one of running) {
      while ((await fetch(`${one.url}/health/ready`)).status !== 200) await sleep(POLL_MS)
      await one.stop()
    }
  }
})
