import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseTrustedProxies } from '../../lib/http/client-address.ts'
import { keyOfSetting } from '../../lib/http/keys/known-key.ts'
import { QueryRate } from '../../lib/http/query-rate.ts'
import { buildServer } from '../../lib/http/server.ts'
import { MemoryTops } from '../../stores/tops/memory-tops.ts'
import { MemoryViewers } from '../../stores/viewers/memory-viewers.ts'
import { checkAnswers } from '../../testing/check-answers.ts'
import { keyRing } from '../../testing/key-ring.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryCounts } from '../../testing/memory-counts.ts'
import { MemoryUniques } from '../../testing/memory-uniques.ts'
import { queryDeps } from '../../testing/query-fixture.ts'
import { registerQueries } from './query-routes.ts'
import { queryQuestion } from './question/query-question.ts'
import {
  archiveQueryCost,
  BREAKDOWN_COST,
  HEARTBEAT_COST,
  queryCost,
  statsCost,
} from './question/question-cost.ts'
import { statsQuestion } from './question/questions.ts'
import { registerTops } from './tops/top-route.ts'
import { registerUniques } from './uniques-route.ts'
import { registerViewers } from './viewers-route.ts'

const NOW = Date.parse('2026-11-21T12:00:30Z')
const RATE = 10
const BEAT = '/v1/videos/v/heartbeat'
const STATS = '/v1/videos/v/stats?eventType=view&function=count'

function serve(keys = '', trustProxy?: string, costPerSecondMax = RATE) {
  const clock = new ManualClock(NOW)
  const counts = new MemoryCounts()
  const ring = keyRing(keys, undefined, clock)
  const rate = new QueryRate({ costPerSecondMax }, clock)
  const deps = { ...queryDeps(counts), clock, rate, keys: ring }
  const app = buildServer({ trustProxy: parseTrustedProxies(trustProxy) })
  checkAnswers(app)
  registerQueries(app, deps)
  registerTops(app, { ...deps, tops: new MemoryTops(clock) })
  registerUniques(app, { ...deps, uniques: new MemoryUniques() })
  registerViewers(app, { ...deps, viewers: new MemoryViewers(clock) })
  const ask = (url: string, headers: Record<string, string> = {}, remoteAddress = '10.0.0.1') =>
    url === BEAT
      ? app.inject({ method: 'POST', url, payload: { viewerId: 'viewer' }, headers, remoteAddress })
      : url.startsWith('{')
        ? app.inject({ method: 'POST', url: '/v1/query', payload: JSON.parse(url), headers, remoteAddress })
        : app.inject({ url, headers, remoteAddress })
  /** How many are answered before one is refused. */
  const answeredOf = async (url: string, most: number) => {
    for (let answered = 0; answered < most; answered++) {
      const response = await ask(url)
      if (response.statusCode === 429) return { answered, response }
    }
    return { answered: most, response: null }
  }
  return { clock, ring, ask, answeredOf }
}

const DAY_OF_MINUTES = `${STATS}&granularity=PT1M&startTime=2026-11-21T00:00:00Z`
const LARGE = JSON.stringify({
  videoIds: ['a', 'b', 'c', 'd'],
  eventTypes: ['view', 'like', 'share'],
  startTime: '2026-11-21T00:00:00Z',
  granularity: 'PT1H',
})

describe('Who asks too much is told to come back later:', () => {
  for (const url of [
    STATS,
    DAY_OF_MINUTES,
    LARGE,
    '/v1/videos/v/summary',
    '/v1/top?eventType=view',
    '/v1/videos/v/uniques',
    '/v1/videos/v/viewers',
    '/v1/site/viewers',
    '/v1/audit',
    '/v1/videos/v/stats?eventType=&function=',
  ]) {
    test(url, async () => {
      const { answeredOf } = serve()
      const { response } = await answeredOf(url, 3 * RATE)
      assert.equal(response?.json().type, 'urn:tally:problem:rate-limited')
      assert.match(response!.headers['content-type'] as string, /^application\/problem\+json/)
      assert.ok(Number(response!.headers['retry-after']) >= 1)
    })
  }
})

test('a large question costs more than a small one, and may overdraw once', async () => {
  const small = (await serve().answeredOf(STATS, 100)).answered
  assert.equal((await serve().answeredOf(DAY_OF_MINUTES, 100)).answered, 1)
  assert.equal((await serve().answeredOf(LARGE, 100)).answered, 1)
  assert.ok(small >= RATE)
})

test('who waits as long as is said is answered again', async () => {
  const { answeredOf, ask, clock } = serve()
  const { response } = await answeredOf(DAY_OF_MINUTES, 10)
  clock.advance(Number(response!.headers['retry-after']) * 1_000)
  assert.equal((await ask(STATS)).statusCode, 200)
})

test('each tenant has a share of its own, whatever its address and its keys', async () => {
  const { ask } = serve('a=one,aa=one,b=two')
  await ask(DAY_OF_MINUTES, { 'x-api-key': 'a' })
  assert.equal((await ask(STATS, { 'x-api-key': 'aa' }, '10.0.0.2')).statusCode, 429)
  assert.equal((await ask(STATS, { 'x-api-key': 'b' })).statusCode, 200)
})

test('without keys each network has one, and a forwarded address is believed of a balancer alone', async () => {
  const from = async (trusted: string | undefined, forwarded: string) => {
    const { ask } = serve('', trusted)
    await ask(DAY_OF_MINUTES, { 'x-forwarded-for': '1.2.3.4' })
    return (await ask(STATS, { 'x-forwarded-for': forwarded })).statusCode
  }
  assert.equal(await from('10.0.0.1', '1.2.3.5'), 200)
  assert.equal(await from('10.0.0.1', '1.2.3.4'), 429)
  assert.equal(await from(undefined, '1.2.3.5'), 429)
})

test('heartbeats of pages are limited for a network, and never at the expense of what the tenant asks', async () => {
  const { ring, ask } = serve('a=one', undefined, HEARTBEAT_COST)
  ring.takeFiled([keyOfSetting('page', 'write', 'one')], true)
  const beat = (key: string, from: string) => ask(BEAT, { 'x-api-key': key }, from)
  const flood = async (key: string, from: string) => {
    for (let sent = 0; sent < 20; sent++) if ((await beat(key, from)).statusCode === 429) return sent
    return Number.POSITIVE_INFINITY
  }
  assert.equal(await flood('page', '10.0.0.1'), 2)
  assert.equal((await beat('page', '10.0.0.2')).statusCode, 204)
  assert.equal((await beat('a', '10.0.0.1')).statusCode, 204)
  assert.equal((await ask(STATS, { 'x-api-key': 'a' })).statusCode, 200)
  assert.equal(await flood('a', '10.0.0.3'), Number.POSITIVE_INFINITY, 'a server beats for many viewers')
})

test('the cost is series × periods', () => {
  const stats = (query: Record<string, string>) =>
    statsCost(statsQuestion('v', { eventType: 'view', function: 'count', ...query }, NOW))
  const day = { startTime: '2026-11-20T00:00:00Z', endTime: '2026-11-21T00:00:00Z' }
  assert.equal(stats(day), 1)
  assert.equal(stats({ ...day, granularity: 'PT1H' }), 24)
  assert.equal(stats({ granularity: 'PT1H' }), 1_000)
  const query = { videoIds: ['a', 'b'], eventTypes: ['view', 'like', 'share'], ...day }
  assert.equal(queryCost(queryQuestion(query, NOW)), 6)
  assert.equal(queryCost(queryQuestion({ ...query, granularity: 'PT1H', compare: 'previous' }, NOW)), 288)
  const site = { ...query, videoIds: undefined, site: true }
  const archived = (fields: object) =>
    archiveQueryCost(queryQuestion({ ...site, ...fields }, NOW, ['country']))
  assert.equal(archived({}), BREAKDOWN_COST + 3)
  assert.equal(archived({ groupBy: 'type', startTime: undefined }), 2 * BREAKDOWN_COST + 3)
  assert.equal(archived({ groupBy: 'video', limit: 10, granularity: 'PT1H' }), BREAKDOWN_COST + 11 * 24)
  assert.equal(archived({ groupBy: 'country', limit: 1 }), BREAKDOWN_COST + 2)
})
