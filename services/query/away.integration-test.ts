// Cassandra paused and killed under a running query service: every route soon gives its earlier answer again, marked
// as stale. Needs Kafka, one Cassandra and Redis that `npm run infra` has started.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openServers } from '../../infra/servers.ts'
import { systemClock as clock } from '../../lib/system-clock.ts'
import { MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import { EMPTY } from '../../model/total.ts'
import { openCassandraStores } from '../../stores/backing/open-cassandra-stores.ts'
import { createTopics } from '../../stores/log/kafka/create-topics.ts'
import { PlatformaticClient } from '../../stores/log/kafka/platformatic/platformatic-client.ts'
import { CONNECT_DEPS, openTestKeyspace } from '../../testing/cassandra-keyspace.ts'
import { testBrokers } from '../../testing/kafka-brokers.ts'
import { LiveClient } from '../../testing/live-client.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'
import { registerOpenApi } from '../description.ts'
import { startQuery } from './service.ts'
import { readSettings } from './settings.ts'

const NODE = 'cassandra-1'
const TOPICS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 3_600_000, retentionBytes: -1 }
/** The store gives up after three and a half seconds: far below, an answer is none that waited for it. */
const SOON_MS = 2_500
/** An answer is shared if Redis answers within some milliseconds: on a busy machine it may need several tries. */
const SHARING_MS = 4_000

const midnight = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000).toISOString()
const COUNT = 'eventType=view&function=count'
const ROUTES: readonly (readonly [path: string, body?: object])[] = [
  [`/v1/videos/v/stats?${COUNT}`],
  [`/v1/videos/v/stats?${COUNT}&startTime=${midnight}`],
  [`/v1/videos/v/stats?${COUNT}&startTime=${midnight}&granularity=PT1H`],
  ['/v1/videos/v/summary'],
  [`/v1/videos/v/summary?startTime=${midnight}`],
  ['/v1/query', { videoIds: ['v', 'w'], eventTypes: ['view'], groupBy: ['video'] }],
  ['/v1/query', { videoIds: ['v'], eventTypes: ['view'], startTime: midnight, granularity: 'PT1H' }],
  ['/v1/top?eventType=view'],
  ['/v1/videos/v/uniques'],
  ['/v1/audit'],
]

type Answer = {
  readonly status: number
  readonly retryAfter: string | null
  readonly tookMs: number
  readonly body: {
    readonly value?: number
    readonly meta: { readonly stale: boolean; readonly complete?: boolean }
  }
}

async function ask(url: string, [path, body]: (typeof ROUTES)[number]): Promise<Answer> {
  const startMs = performance.now()
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(url + path, body === undefined ? {} : post)
  const answer = { status: response.status, retryAfter: response.headers.get('retry-after') }
  return { ...answer, body: (await response.json()) as Answer['body'], tookMs: performance.now() - startMs }
}

/** Once more where it took long: a busy machine may be slow once, and who waits for the store is slow each time. */
async function askTwice(url: string, route: (typeof ROUTES)[number]): Promise<Answer> {
  const answer = await ask(url, route)
  return answer.tookMs < SOON_MS ? answer : ask(url, route)
}

async function setUp(test: { after(end: () => Promise<void>): void }) {
  const ends: (() => PromiseLike<unknown>)[] = []
  test.after(async () => {
    for (const end of ends.reverse()) await end()
  })
  const servers = await openServers()
  const directory = await temporaryDirectory()
  ends.push(() => directory[Symbol.asyncDispose]())
  const keyspace = await openTestKeyspace()
  ends.push(() => keyspace[Symbol.asyncDispose]())
  ends.push(() => servers.resume(NODE).catch(() => servers.start(NODE)))
  const prefix = `test-${randomBytes(6).toString('hex')}`
  const client = new PlatformaticClient({ brokers: testBrokers(), clientId: 'tally-test' })
  const newIncarnation = () => randomBytes(4).toString('hex')
  await createTopics({ ...TOPICS, client, clock, prefix, partitions: 2, newIncarnation })
  await client.close()
  const stores = await openCassandraStores(keyspace.settings, CONNECT_DEPS)
  ends.push(() => stores.close())
  const start = async (name: string) => {
    const settings = readSettings({
      ...process.env,
      ...{ HOST: '127.0.0.1', PORT: '0', KAFKA_PREFIX: prefix, LOG_LEVEL: 'silent', DRAIN_MS: '0' },
      ...{ CASSANDRA_KEYSPACE: keyspace.settings.keyspace, DATA_DIR: `${directory.path}/${name}` },
    })
    const running = await startQuery(settings, registerOpenApi, new AbortController().signal)
    ends.push(() => running.stop())
    return running.url
  }
  let upTo = 0
  const count = (videoId: string, minute: number) =>
    stores.counts.write('s-0', [
      { bucket: { tenant: '', videoId, type: 'view', minute }, total: { ...EMPTY, count: 3, upTo: upTo++ } },
    ])
  return { servers, start, count }
}

const breakerOf = async (url: string) =>
  Number(
    /^tally_breaker_state\{name="cassandra"\} (\d)/m.exec(await (await fetch(`${url}/metrics`)).text())![1],
  )

test('every route tells what it last knew while Cassandra is paused, and while it is killed', async (context) => {
  const { servers, start, count } = await setUp(context)
  const thisMinute = minuteOf(Date.now())
  await count('v', thisMinute - 1)
  await count('v', thisMinute - 2_000)
  const [url, other] = [await start('first'), await start('second')]
  const live = await LiveClient.connect(`${url}/v1/live?videoId=v&eventType=view`)
  context.after(() => live.close())
  const staleTold = () => live.messages.filter(({ data }) => (data as { stale?: true }).stale === true).length

  for (const fault of ['pause', 'kill'] as const) {
    let known: Answer[] = []
    const sharedMs = performance.now() + SHARING_MS
    await until('every route is answered in full', async () => {
      known = await Promise.all(ROUTES.map((route) => ask(url, route)))
      const inFull = known.every(({ status, body }) => status === 200 && !body.meta.stale)
      return inFull && performance.now() > sharedMs
    })
    const before = staleTold()
    await servers[fault](NODE)
    // Also across the turn of a minute, when the earlier questions have a later end.
    const turnMs = MINUTE_MS - (Date.now() % MINUTE_MS)
    const untilMs = performance.now() + Math.max(12_000, turnMs < 25_000 ? turnMs + 2_000 : 0)
    const longestMs = { closed: 0, open: 0 }
    while (performance.now() < untilMs) {
      const isOpen = (await breakerOf(url)) === 2
      const answers = await Promise.all(ROUTES.map((route) => askTwice(url, route)))
      for (const [at, { status, body, tookMs }] of answers.entries()) {
        const [path] = ROUTES[at]!
        assert.equal(status, 200, path)
        assert.ok(tookMs < SOON_MS, `${path} took ${tookMs} ms`)
        if (!body.meta.stale) continue // the answer of a closed range, which nothing changes
        assert.notEqual(body.meta.complete, true, path)
        longestMs[isOpen ? 'open' : 'closed'] = Math.max(longestMs[isOpen ? 'open' : 'closed'], tookMs)
      }
      await sleep(500)
    }
    await until('the breaker is open, and tries nothing', async () => (await breakerOf(url)) === 2)
    for (const [at, route] of ROUTES.entries()) {
      const { body } = await ask(url, route)
      assert.equal(body.meta.stale, true, route[0])
      assert.deepEqual(body.value, known[at]!.body.value)
    }
    context.diagnostic(`${fault}: the longest answer, ms: ${JSON.stringify(longestMs)}`)
    const { status, retryAfter } = await ask(url, [`/v1/videos/never-asked-${fault}/stats?${COUNT}`])
    assert.deepEqual([status, retryAfter !== null], [503, true])
    const hinted = await ask(other, ROUTES[0]!)
    assert.equal(hinted.status, 200, JSON.stringify(hinted))
    assert.deepEqual([hinted.body.meta.stale, hinted.body.value], [true, 6])
    await until('the stream says that it is stale', async () => staleTold() > before)
    const late = await LiveClient.connect(`${url}/v1/live?videoId=v&eventType=view`)
    assert.equal(late.response.statusCode, 200)
    late.close()
    await (fault === 'pause' ? servers.resume(NODE) : servers.start(NODE))
    await until('every answer is fresh again', async () => {
      const answers = await Promise.all(ROUTES.map((route) => ask(url, route)))
      return answers.every(({ status, body }) => status === 200 && !body.meta.stale)
    })
  }
  assert.ok(!live.response.destroyed, 'the stream goes on all the while')
})
