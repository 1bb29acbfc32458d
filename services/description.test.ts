import assert from 'node:assert/strict'
import { METHODS } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { buildServer } from '../lib/http/server.ts'
import type { Layout } from '../model/layout.ts'
import { loadSchemas } from '../schemas/schema-set.ts'
import { NO_CHANGES } from '../stores/changes/no-changes.ts'
import { auditOf } from '../stores/counts/rollups-contract.ts'
import { LocalRateLimit } from '../stores/rate-limit/rate-limit.ts'
import { MemoryTops } from '../stores/tops/memory-tops.ts'
import { MemoryViewers } from '../stores/viewers/memory-viewers.ts'
import { AdminWorld } from '../testing/admin-fixture.ts'
import { checkAnswers, misfit } from '../testing/check-answers.ts'
import { anEvent, DeadWorld, encodedEvent, ROOT, recordOf } from '../testing/dead-letter-fixture.ts'
import { timeOf } from '../testing/event-fixture.ts'
import { fixedLayouts } from '../testing/fixed-layouts.ts'
import { keyRing } from '../testing/key-ring.ts'
import { MemoryAlerts } from '../testing/memory-alerts.ts'
import { MemoryCounts } from '../testing/memory-counts.ts'
import { MemoryJournal } from '../testing/memory-journal.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { MemoryRollups } from '../testing/memory-rollups.ts'
import { MemoryUniques } from '../testing/memory-uniques.ts'
import { MemoryVideos } from '../testing/memory-videos.ts'
import { queryDeps } from '../testing/query-fixture.ts'
import { OPENAPI, registerOpenApi } from './description.ts'
import { registerDeadLetters } from './partitioner/dead-letters/dead-letter-routes.ts'
import { LIST_PARAMETERS, REPLAY_FILTER } from './partitioner/dead-letters/letter-questions.ts'
import { registerEvents } from './partitioner/events-route.ts'
import { registerLayouts } from './partitioner/layouts/layout-routes.ts'
import { EVENT_LIMITS } from './partitioner/limits.ts'
import { NO_METRICS } from './partitioner/partitioner-metrics.ts'
import { RecentHistory } from './query/audit/recent-history.ts'
import { registerHistory } from './query/audit/recent-history-route.ts'
import { registerChannels } from './query/channel-route.ts'
import { registerChannelUniques } from './query/channel-uniques-route.ts'
import { registerKey } from './query/key-route.ts'
import { LiveCounts } from './query/live/live-counts.ts'
import { LIVE_LIMITS } from './query/live/live-limits.ts'
import { LIVE_PARAMETERS } from './query/live/live-question.ts'
import { registerLive } from './query/live/live-route.ts'
import { registerQueries } from './query/query-routes.ts'
import { QUERY_FIELDS } from './query/question/query-question.ts'
import { FILTERED_PARAMETERS, SUMMARY_PARAMETERS } from './query/question/questions.ts'
import { registerShare, SHARE_FIELDS } from './query/share-route.ts'
import { TOP_PARAMETERS } from './query/tops/top-question.ts'
import { registerTops } from './query/tops/top-route.ts'
import { registerUniques, UNIQUES_PARAMETERS } from './query/uniques-route.ts'
import { ANNOTATION_FIELDS, registerAnnotations } from './query/videos/annotation-routes.ts'
import { registerVideos, SEARCH_PARAMETERS } from './query/videos/video-routes.ts'
import { registerViewers } from './query/viewers-route.ts'
import { registerAlerts } from './reconciler/alerts/alert-routes.ts'
import { registerBatch } from './reconciler/operators/admin-routes.ts'
import { registerBackup } from './reconciler/operators/backup-routes.ts'
import { BREAKDOWN_PARAMETERS } from './reconciler/questions/breakdown-question.ts'
import { registerBreakdown } from './reconciler/questions/breakdown-route.ts'
import { registerSite } from './reconciler/questions/site-route.ts'
import { registerSql } from './reconciler/questions/sql-route.ts'

type Content = Record<string, { schema: { $ref?: string } }>
type Operation = {
  security?: unknown
  parameters?: readonly { name: string }[]
  responses: Record<string, { content: Content }>
}
const document: { paths: Record<string, Record<string, Operation>> } = JSON.parse(JSON.stringify(OPENAPI))
const { paths } = document

/** Routes that the composition of the services adds. */
const ELSEWHERE = ['GET /health/live', 'GET /health/ready', 'GET /metrics', 'GET /docs']

const ANSWERS_RUNS = 40
const EVENT_FIELDS = {
  ...OPENAPI.components.schemas.AnnotationInput.properties,
  ...OPENAPI.components.schemas.Event.properties,
  ...OPENAPI.components.schemas.VideoInput.properties,
}
const NO_LIVE_METRICS = { looked() {}, failed() {}, opened() {}, closed() {}, sent() {} }

const keys = keyRing('key=tenant', 'admin')
const clock = { nowMs: () => Date.parse('2026-11-21T12:00:30Z'), sleep: async () => {} }
const routes: string[] = []
const app = buildServer()
app.addHook('onRoute', ({ method, url }) => {
  for (const name of [method].flat()) routes.push(`${name} ${url.replace(/:(\w+)/g, '{$1}')}`)
})
checkAnswers(app)
const counts = new MemoryCounts()
const audits = { rollups: new MemoryRollups(), journal: new MemoryJournal() }
const videos = new MemoryVideos()
registerQueries(app, { ...queryDeps(counts), audits, clock, keys, videos })
const viewers = new MemoryViewers(clock)
const liveDeps = {
  recent: counts,
  past: counts,
  changes: NO_CHANGES,
  viewers,
  clock,
  metrics: NO_LIVE_METRICS,
  kept: () => ({ minutesFrom: 0, hoursFrom: 0 }),
}
const live = new LiveCounts({ ...liveDeps, progress: () => ({ asOfMs: 0 }) })
const { rate, lastKnown } = queryDeps(counts)
registerVideos(app, { videos, keys, rate })
registerAnnotations(app, { videos, keys, rate })
registerShare(app, { keys, clock, rate })
registerKey(app, { keys, rate })
registerHistory(app, { history: new RecentHistory({ ...queryDeps(counts), clock }), keys, rate })
registerLive(app, { counts: live, keys, limits: LIVE_LIMITS, rate, metrics: NO_LIVE_METRICS, clock })
registerViewers(app, { viewers, keys, clock, rate })
registerUniques(app, { uniques: new MemoryUniques(), keys, clock, lastKnown, rate })
registerChannelUniques(app, { uniques: new MemoryUniques(), videos, keys, clock, lastKnown, rate })
registerChannels(app, { ...queryDeps(counts), clock, keys, videos })
registerTops(app, { ...queryDeps(counts), clock, keys, videos, tops: new MemoryTops(clock) })
const LAYOUTS: readonly Layout[] = [
  { version: 1, fromMinute: 0, partitions: 1, splits: new Map(), dedicated: new Map() },
]
const layouts = { ...fixedLayouts(LAYOUTS), change: async () => LAYOUTS }
registerLayouts(app, { layouts, clock, keys: keyRing('key=tenant') })
registerEvents(app, {
  ...{ clock, keys, limits: EVENT_LIMITS, sourcesFromMs: 0, metrics: NO_METRICS },
  rateLimit: new LocalRateLimit(null, clock),
  log: new MemoryLog({ clock, partitions: 1 }),
  layouts,
})
const { deadLetters } = new DeadWorld()
registerDeadLetters(app, { deadLetters, keys: keyRing('key=tenant'), schemas: loadSchemas(), rate })
const batch = new AdminWorld(clock.nowMs(), join(tmpdir(), 'tally-openapi'))
registerBatch(app, batch.routes)
registerBreakdown(app, { ...batch.breakdown, keys })
registerSite(app, { ...batch.fromArchive, keys })
const nothing = { columns: [], rows: [], isCut: false }
registerSql(app, { ...batch.sql, archive: { sql: async () => nothing }, keys })
const told = { alerts: new MemoryAlerts(), receivers: new Set<string>() }
registerAlerts(app, { ...told, send: async () => ({ ok: true }), clock, keys, rate })
registerBackup(app, { keys, rate, writeBackup: async () => {} })
registerOpenApi(app)
await app.ready()

test('every route is described, and everything described is a route', () => {
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const served = routes.filter((route) => !/^(HEAD|OPTIONS) /.test(route))
  assert.deepEqual(described.sort(), [...served, ...ELSEWHERE].sort())
})

test('every address tells of every method what its description does', async () => {
  for (const [path, operations] of Object.entries(paths)) {
    if (ELSEWHERE.includes(`GET ${path}`)) continue
    const described = Object.keys(operations).map((method) => method.toUpperCase())
    const answersHead = described.includes('GET') && path !== '/v1/live'
    const taken = [...described, 'OPTIONS', ...(answersHead ? ['HEAD'] : [])].sort()
    const url = path.replaceAll(/{\w+}/g, 'cats')
    for (const method of METHODS) {
      const answer = await app.inject({ method: method as 'GET', url })
      const isTaken = taken.includes(method)
      assert.equal(answer.statusCode === 405, !isTaken, `${answer.statusCode} of ${method} ${url}`)
      assert.ok(answer.statusCode < 500, `${answer.statusCode} of ${method} ${url}`)
      if (!isTaken || method === 'OPTIONS') assert.equal(answer.headers.allow, taken.join(', '))
      assert.equal(answer.headers['x-content-type-options'], 'nosniff')
    }
  }
})

test('whatever is asked, the answer is one that is described', async () => {
  const headers = { 'x-api-key': 'key' }
  const word = fc.constantFrom(
    'view',
    'count',
    'PT1M',
    'P1M',
    'Asia/Kolkata',
    '2026-11-21T12:00:00Z',
    'a/b',
    '',
  )
  const value = fc.oneof(word, fc.string({ unit: 'binary', maxLength: 9 }), fc.integer(), fc.constant(null))
  const body = (names: readonly string[]) =>
    fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...names, 'x'), fc.oneof(value, fc.array(value))))
  const fields = Object.keys({ ...OPENAPI.components.schemas.Query.properties, ...EVENT_FIELDS })
  for (const [path, operations] of Object.entries(paths)) {
    if (ELSEWHERE.includes(`GET ${path}`) || path === '/v1/live') continue // the stream does not end
    for (const [method, { parameters = [] }] of Object.entries(operations)) {
      const names = parameters.map(({ name }) => name)
      const query = fc.dictionary(fc.constantFrom(...names, 'x'), value)
      await fc.assert(
        fc.asyncProperty(value, query, body(fields), async (name, asked, payload) => {
          const known = Object.fromEntries(Object.entries(asked).map(([key, text]) => [key, String(text)]))
          const url = path.replaceAll(/{\w+}/g, encodeURIComponent(String(name).toWellFormed()) || 'cats')
          const json = method === 'get' ? {} : { payload: JSON.stringify(payload) }
          const type = method === 'get' ? {} : { 'content-type': 'application/json' }
          const asking = { method: method.toUpperCase() as 'GET', url, query: known }
          const { statusCode, body } = await app.inject({
            ...asking,
            headers: { ...headers, ...type },
            ...json,
          })
          assert.ok(statusCode < 500, `${statusCode}: ${body}`)
        }),
        { numRuns: ANSWERS_RUNS },
      )
    }
  }
})

test('every reference leads somewhere', () => {
  const text = JSON.stringify(OPENAPI)
  for (const [, name = ''] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
    assert.ok(name in OPENAPI.components.schemas, name)
  }
})

test('every operation says which keys it takes, none if it is public', () => {
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { security }] of Object.entries(operations)) {
      assert.ok(Array.isArray(security), `${method} ${path}`)
    }
  }
})

test('every operation has a name of its own', () => {
  const names = JSON.stringify(OPENAPI.paths).match(/"operationId":"\w+"/g) ?? []
  assert.equal(new Set(names).size, names.length)
})

test('describes the parameters that are known, and no others', () => {
  const described = (path: string) => paths[path]!.get!.parameters!.map(({ name }) => name)
  assert.deepEqual(described('/v1/videos/{videoId}/stats'), ['videoId', ...FILTERED_PARAMETERS])
  assert.deepEqual(described('/v1/videos/{videoId}/summary'), ['videoId', ...SUMMARY_PARAMETERS])
  assert.deepEqual(described('/v1/videos/{videoId}/uniques'), ['videoId', ...UNIQUES_PARAMETERS])
  assert.deepEqual(described('/v1/videos/{videoId}/breakdown'), ['videoId', ...BREAKDOWN_PARAMETERS])
  assert.deepEqual(described('/v1/top'), TOP_PARAMETERS)
  assert.deepEqual(described('/v1/live'), [...LIVE_PARAMETERS, 'last-event-id'])
  assert.deepEqual(Object.keys(OPENAPI.components.schemas.Query.properties), QUERY_FIELDS)
  assert.deepEqual(described(ROOT), LIST_PARAMETERS)
  assert.deepEqual(described('/v1/videos'), SEARCH_PARAMETERS)
  assert.deepEqual(Object.keys(OPENAPI.components.schemas.ShareInput.properties), SHARE_FIELDS)
  assert.deepEqual(Object.keys(OPENAPI.components.schemas.AnnotationInput.properties), ANNOTATION_FIELDS)
  const bulk = OPENAPI.paths[`${ROOT}/replay`].post.requestBody.content['application/json'].schema
  assert.deepEqual(Object.keys(bulk.properties), REPLAY_FILTER)
})

test('is served', async () => {
  const response = await app.inject('/openapi.json')
  assert.deepEqual(response.json(), document)
})

describe('a real answer fits its description:', () => {
  const check = (
    status: number,
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    query = '',
    payload?: string,
  ) =>
    test(`${status} of ${method} ${path}${query}`, async () => {
      const response = await app.inject({
        method,
        url: path.replace('{videoId}', 'v') + query,
        headers: status === 401 ? {} : { 'x-api-key': 'key', 'content-type': 'application/json' },
        ...(payload !== undefined && { payload }),
      })
      assert.equal(response.statusCode, status, response.body)
    })

  const stats = '/v1/videos/{videoId}/stats'
  const event = { id: 'e1', videoId: 'v', type: 'view', time: '2026-11-21T12:00:00Z', value: 1.5 }
  check(200, 'GET', stats, '?eventType=view&function=count')
  check(200, 'GET', stats, '?eventType=view&function=average')
  check(
    200,
    'GET',
    stats,
    '?eventType=view&function=max&granularity=PT1H&timeZone=Asia/Kolkata&startTime=1795200000000',
  )
  check(400, 'GET', stats, '?eventType=view&function=x&y=z')
  check(401, 'GET', stats)
  const breakdown = '/v1/videos/{videoId}/breakdown'
  check(200, 'GET', breakdown, '?by=country&eventType=view&function=count')
  check(400, 'GET', breakdown, '?by=zodiac&eventType=view&function=rate&limit=0')
  check(200, 'GET', '/v1/videos/{videoId}/summary')
  check(400, 'GET', '/v1/videos/{videoId}/summary', '?startTime=x')
  check(200, 'GET', '/v1/audit')
  check(202, 'POST', '/v1/events', '', JSON.stringify([event, { ...event, type: 'X' }]))
  check(400, 'POST', '/v1/events', '', '{')
  check(422, 'POST', '/v1/events', '', JSON.stringify({ ...event, value: 'x' }))

  const video = '/v1/videos/{videoId}'
  check(200, 'PUT', video, '', JSON.stringify({ title: 'Cats', published: 0 }))
  check(200, 'GET', video)
  check(200, 'GET', stats, '?eventType=view&function=sum')
  check(200, 'GET', '/v1/videos', '?search=cat')
  check(400, 'PUT', video, '', '{}')
  check(200, 'POST', '/v1/videos', '', JSON.stringify([{ videoId: 'v', title: 'Cats' }, { videoId: 'w' }]))
  check(422, 'POST', '/v1/videos', '', JSON.stringify({ videos: [{ videoId: 'w' }] }))
  check(400, 'POST', '/v1/videos', '', '{}')

  const notes = `${video}/annotations`
  check(200, 'PUT', `${notes}/n1`, '', JSON.stringify({ time: 1795200000000, text: 'Trailer published' }))
  check(200, 'GET', notes)
  check(400, 'PUT', `${notes}/n1`, '', JSON.stringify({ time: 'x', note: 'Trailer published' }))
  check(400, 'PUT', `${notes}/n%2F1`, '', '{}')
  check(401, 'GET', notes)

  const link = (body: object) => JSON.stringify(body)
  check(200, 'POST', '/v1/share', '', link({ videoId: 'v', expiresIn: 'PT12H' }))
  check(200, 'POST', '/v1/share', '', link({ channelId: 'Pets' }))
  check(
    400,
    'POST',
    '/v1/share',
    '',
    link({ videoId: 'v', channelId: 'Pets', expiresIn: 'P91D', tenant: 'x' }),
  )

  test('the whole audit too', async () => {
    const hour = Date.parse('2026-11-21T10:00Z') / 60_000
    await audits.rollups.writeHours([auditOf(hour, 1)])
    await audits.rollups.writeReconciled({ version: 1, toMinute: hour, exceptHours: [] })
    const body = { startedMs: 1, ok: true, events: 10, latencyMs: 7.5, detail: null }
    for (const book of ['weak-audit', 'alerts'] as const) {
      await audits.journal.append(book, { atMs: 1, key: 'probe', body })
    }
    const ledger = { records: 1, events: 1, counted: 1, duplicate: 0, late: 0, dead: 0, deadRecords: 0 }
    await counts.writeCheckpoint('s-0', { offset: 0, logTimeMs: 1, ledger })
    const ask = (key: string) => app.inject({ url: '/v1/audit', headers: { 'x-api-key': key } })
    assert.equal((await ask('key')).json().scope, 'tenant')
    const response = await ask('admin')
    const { ledger: entries, weak, strong, alerts } = response.json()
    const lengths = [entries, weak, strong.hours, alerts].map(({ length }) => length)
    assert.deepEqual(lengths, [1, 1, 1, 1])
  })
})

describe('dead letters fit their description:', () => {
  const NOON = timeOf('12:00:00')
  const sound = encodedEvent(anEvent({ timeMs: NOON, valueThousandths: 5 }))
  const check = (name: string, letter: object, status: 200 | 422) =>
    test(name, async () => {
      const world = new DeadWorld()
      const id = await world.bury(letter)
      assert.equal(misfit('DeadLetterDetail', await world.ask(200, 'GET', `/${id}`)), null)
      const replayed = await world.ask(status, 'POST', `/${id}/replay`)
      if (status === 200) assert.equal(misfit('DeadLetter', replayed), null)
      else assert.equal(misfit('ReplayOutcome', replayed.outcome), null)
      assert.equal(misfit('DeadLetterPage', await world.ask(200, 'GET', '')), null)
      assert.equal(misfit('BulkReplay', await world.ask(200, 'POST', '/replay')), null)
    })
  check('an event', { bytes: sound }, 200)
  check('an event that cannot be read', {}, 422)
  const record = recordOf(anEvent({ timeMs: NOON }), anEvent({ timeMs: NOON, id: 'e2' })).subarray(0, -1)
  check('a record', { bytes: record, origin: 'record', index: -1 }, 200)
})

test('what is known of a video may be described by a time with a fraction', () => {
  for (const published of [0.5, -1.5, '1800-01-01T00:00:00Z', null]) {
    assert.equal(misfit('VideoInput', { title: 'Cats', published }), null, String(published))
  }
})

describe('an event fits its description', () => {
  const event = { id: 'e1', videoId: 'v', type: 'view', time: 1795200000000, value: '-1.005', viewerId: null }
  const check = (
    name: string,
    schema: 'Event' | 'EventWithSource' | 'CloudEvent',
    value: unknown,
    fits: boolean,
  ) => test(name, () => assert.equal(misfit(schema, JSON.parse(JSON.stringify(value))) === null, fits))

  check('if it follows the rules', 'Event', event, true)
  check('with attributes', 'Event', { ...event, attributes: { country: 'PT' } }, true)
  check('but not with an unknown field', 'Event', { ...event, x: 1 }, false)
  check('but not with a source', 'Event', { ...event, source: '/a' }, false)
  check('with the source of a CloudEvent', 'EventWithSource', { ...event, source: '/a' }, true)
  check('but not with one that is no URI-reference', 'EventWithSource', { ...event, source: 'a b' }, false)
  check('but not without an id', 'Event', { ...event, id: undefined }, false)
  check('but not with four places', 'Event', { ...event, value: '1.0005' }, false)
  check(
    'as a CloudEvent',
    'CloudEvent',
    { specversion: '1.0', source: '/x', ...event, subject: 'v', data: null },
    true,
  )
  check(
    'but not of another version',
    'CloudEvent',
    { specversion: '0.3', source: '/x', ...event, subject: 'v' },
    false,
  )
})
