// Cassandra hung right after a start, when nothing has been asked yet: every route says soon that it has no answer, and
// at once while the breaker is open. Needs one Cassandra that `npm run infra` has started.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openServers } from '../../infra/servers.ts'
import { NO_KEYS } from '../../lib/http/keys/key-ring.ts'
import { openServer } from '../../lib/http/open-server.ts'
import { QueryRate } from '../../lib/http/query-rate.ts'
import { readServerSettings } from '../../lib/http/server-settings.ts'
import { SettingsReader } from '../../lib/settings-reader.ts'
import { systemClock as clock } from '../../lib/system-clock.ts'
import { MINUTE_MS } from '../../model/bucket.ts'
import { keptAt } from '../../model/retention.ts'
import { countsBreaker } from '../../stores/backing/counts-breaker.ts'
import { guardedStores } from '../../stores/backing/guarded-counts.ts'
import { openCassandraStores } from '../../stores/backing/open-cassandra-stores.ts'
import { Progress } from '../../stores/log/progress.ts'
import { CONNECT_DEPS, openTestKeyspace } from '../../testing/cassandra-keyspace.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { until } from '../../testing/until.ts'
import { registerQueries } from './query-routes.ts'
import { answersFrom } from './read/answers.ts'
import { ReconciledWatch } from './read/reconciled-watch.ts'
import { registerUniques } from './uniques-route.ts'

const NODE = 'cassandra-1'
/** The store's deadlines together, with time for a busy machine; the driver waits for a PREPARE six times as long. */
const FIRST_MS = 8_500
const OPEN_MS = 300

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
  ['/v1/videos/v/uniques'],
  ['/v1/audit'],
]

/** A query service that has answered nothing yet, on the stores of Cassandra. */
async function setUp(test: { after(end: () => Promise<void>): void }) {
  const ends: (() => PromiseLike<unknown>)[] = []
  test.after(async () => {
    for (const end of ends.reverse()) await end()
  })
  const servers = await openServers()
  const keyspace = await openTestKeyspace()
  ends.push(() => keyspace[Symbol.asyncDispose]())
  ends.push(() => servers.resume(NODE))
  const stores = await openCassandraStores(keyspace.settings, CONNECT_DEPS)
  ends.push(() => stores.close())
  const { app, registry } = openServer(readServerSettings(new SettingsReader({ LOG_LEVEL: 'silent' }), 0))
  ends.push(() => app.close())
  const breaker = countsBreaker(registry, app.log, () => stores.counts.checkpoints())
  ends.push(async () => breaker.close())
  const onError = () => {}
  const checkpoints = () => stores.counts.checkpoints()
  const progress = new Progress({ log: new MemoryLog({ clock, partitions: 2 }), checkpoints, clock, onError })
  const { rollups, rebuilds, journal } = stores
  const watched = { rollups, rebuilds, journal, clock, intervalMs: 1_000, onError }
  const reconciled = await ReconciledWatch.begin(watched, new AbortController().signal)
  const guarded = guardedStores(stores, breaker)
  const stored = answersFrom(
    { ...guarded, cache: null, isShared: true, kept: (nowMs) => keptAt(nowMs, keyspace.settings.retention) },
    { registry, clock, logger: app.log },
    { progress: () => progress, coverage: () => reconciled.current },
    10 * MINUTE_MS,
  )
  const rate = new QueryRate({ costPerSecondMax: null }, clock)
  const deps = { ...stored, clock, keys: NO_KEYS, rate, metrics: { answered() {} } }
  registerQueries(app, deps)
  registerUniques(app, { ...deps, uniques: guarded.uniques })
  const isOpen = async () => /^tally_breaker_state\{name="cassandra"\} 2/m.test(await registry.metrics())
  const ask = async ([url, payload]: (typeof ROUTES)[number]) => {
    const startMs = performance.now()
    const response = await app.inject(payload === undefined ? { url } : { method: 'POST', url, payload })
    const told = { status: response.statusCode, retry: response.headers['retry-after'] !== undefined }
    return { ...told, tookMs: Math.round(performance.now() - startMs) }
  }
  return { servers, ask, isOpen }
}

test('every route says soon that it has no answer, where Cassandra hangs from the start', async (context) => {
  const { servers, ask, isOpen } = await setUp(context)
  await servers.pause(NODE)
  for (const [state, longestMs] of [
    ['closed', FIRST_MS],
    ['open', OPEN_MS],
  ] as const) {
    if (state === 'open') await until('the breaker is open, and tries nothing', isOpen)
    else assert.equal(await isOpen(), false)
    const asked = async (route: (typeof ROUTES)[number]) => {
      const answer = await ask(route)
      return state === 'open' && answer.tookMs >= longestMs ? ask(route) : answer // a busy machine is slow once
    }
    const answers = await Promise.all(ROUTES.map(asked))
    for (const [at, { status, retry, tookMs }] of answers.entries()) {
      const name = `${ROUTES[at]![0]} ${JSON.stringify(ROUTES[at]![1] ?? '')}`
      context.diagnostic(`${name}: ${status} after ${tookMs} ms, the breaker ${state}`)
      assert.deepEqual([status, retry], [503, true], name)
      assert.ok(tookMs < longestMs, `${name} took ${tookMs} ms`)
    }
  }
})
