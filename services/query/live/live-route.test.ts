import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { QueryRate } from '../../../lib/http/query-rate.ts'
import { buildServer } from '../../../lib/http/server.ts'
import { systemClock } from '../../../lib/system-clock.ts'
import { minuteOf } from '../../../model/bucket.ts'
import { EMPTY } from '../../../model/total.ts'
import { MemoryChanges } from '../../../stores/changes/memory-changes.ts'
import { MemoryViewers } from '../../../stores/viewers/memory-viewers.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { LiveClient, type LiveMessage } from '../../../testing/live-client.ts'
import { MemoryCounts } from '../../../testing/memory-counts.ts'
import { registerViewers } from '../viewers-route.ts'
import { LiveCounts } from './live-counts.ts'
import { LIVE_LIMITS, type LiveLimits } from './live-limits.ts'
import { registerLive } from './live-route.ts'

type Counted = { readonly videoId: string; readonly eventType: string; readonly count: number }

const NO_METRICS = { looked() {}, failed() {}, opened() {}, closed() {}, sent() {} }

type Serving = { readonly asOfMs?: number; readonly costPerSecondMax?: number | null }

async function serve(
  limits: Partial<LiveLimits> = {},
  keys = '',
  { asOfMs, costPerSecondMax = null }: Serving = {},
) {
  const clock = systemClock
  const counts = new MemoryCounts()
  const changes = new MemoryChanges()
  const viewers = new MemoryViewers(clock)
  const dropped: boolean[] = []
  const metrics = { ...NO_METRICS, closed: (wasDropped: boolean) => dropped.push(wasDropped) }
  const deps = { recent: counts, past: counts, changes, viewers, clock, metrics }
  const live = new LiveCounts({ ...deps, progress: () => ({ asOfMs: asOfMs ?? clock.nowMs() }) })
  const app = buildServer()
  const apiKeys = keyRing(keys)
  const rate = new QueryRate({ costPerSecondMax }, clock)
  registerLive(app, { counts: live, keys: apiKeys, limits: { ...LIVE_LIMITS, ...limits }, rate, metrics })
  registerViewers(app, { viewers, keys: apiKeys, clock, rate })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  let upTo = 0
  return {
    ...{ app, live, url, dropped },
    connect: (query: string, headers = {}, onMessage = (_: LiveMessage) => {}) =>
      LiveClient.connect(`${url}/v1/live?${query}`, { headers, onMessage }),
    async count(videoId: string, count: number, type = 'view', tenant = '') {
      const series = { tenant, videoId, type }
      const total = { ...EMPTY, count, upTo: upTo++ }
      await counts.write('s', [{ bucket: { ...series, minute: minuteOf(clock.nowMs()) }, total }])
      changes.publish({ series: [series], asOfMs: 0 })
    },
    [Symbol.asyncDispose]: () => app.close(),
  }
}

const isCount =
  (count: number, videoId = 'v') =>
  (message: LiveMessage) => {
    const data = message.data as Counted
    return message.event === 'counts' && data.count === count && data.videoId === videoId
  }

async function problemOf(client: LiveClient): Promise<{ type: string; errors?: { detail: string }[] }> {
  const chunks = await client.response.toArray()
  return JSON.parse(chunks.join(''))
}

test('all counts come at once, then each that changes', async () => {
  await using server = await serve()
  await server.count('v', 3)
  await server.count('w', 5, 'like')
  const client = await server.connect('videoId=v&videoId=w&eventType=view&eventType=like&videoId=v')
  assert.equal(client.response.headers['content-type'], 'text/event-stream; charset=utf-8')
  await client.until(isCount(5, 'w'))
  const first = client.messages.map(({ data }) => data as Counted)
  assert.deepEqual(first.map(({ videoId, eventType, count }) => [videoId, eventType, count]).sort(), [
    ['v', 'like', 0],
    ['v', 'view', 3],
    ['w', 'like', 5],
    ['w', 'view', 0],
  ])
  assert.ok(client.retryMs >= 1_000 && client.retryMs <= 3_000)
  await server.count('v', 4)
  const { id, data } = await client.until(isCount(4))
  assert.equal(id, String(Date.parse((data as { asOf: string }).asOf)))
  assert.equal(client.messages.length, 5)
  client.close()
})

test('a count says null, and not 1970, where nobody knows yet how far it goes', async () => {
  await using server = await serve({}, '', { asOfMs: 0 })
  await server.count('v', 3)
  const client = await server.connect('videoId=v&eventType=view')
  const { data } = await client.until(isCount(3))
  assert.equal((data as { asOf: string | null }).asOf, null)
  client.close()
})

test('whoever comes back is told everything as it is', async () => {
  await using server = await serve()
  await server.count('v', 1)
  const first = await server.connect('videoId=v&eventType=view')
  const { id } = await first.until(isCount(1))
  first.close()
  await server.count('v', 2)
  const second = await server.connect('videoId=v&eventType=view', { 'last-event-id': id })
  await second.until(isCount(2))
  second.close()
})

test('every change reaches a hundred connections', async () => {
  await using server = await serve()
  const clients = await Promise.all(
    Array.from({ length: 100 }, (_, i) => server.connect(`videoId=v${i % 10}&eventType=view`)),
  )
  for (let round = 1; round <= 3; round++) {
    for (let i = 0; i < 10; i++) await server.count(`v${i}`, round)
    await Promise.all(clients.map((client, i) => client.until(isCount(round, `v${i % 10}`))))
  }
  assert.equal(server.live.size, 10)
  for (const client of clients) client.close()
  while (server.live.size > 0) await systemClock.sleep(5)
})

test('viewers come with the counts', async () => {
  await using server = await serve()
  for (const viewerId of ['a', 'b', 'a']) {
    const response = await fetch(`${server.url}/v1/videos/v/heartbeat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ viewerId }),
    })
    assert.equal(response.status, 204)
  }
  const client = await server.connect('videoId=v&eventType=view')
  const { data } = await client.until(isCount(0))
  assert.equal((data as { viewers: number }).viewers, 2)
  const answer = await (await fetch(`${server.url}/v1/videos/v/viewers`)).json()
  assert.equal((answer as { viewers: number }).viewers, 2)
  client.close()
})

test('a client that takes too little is told why, and dropped', async () => {
  await using server = await serve({ bufferBytesMax: 2_000 })
  const videos = Array.from({ length: 90 }, (_, i) => `videoId=v${i}`).join('&')
  const client = await server.connect(`${videos}&eventType=view`)
  await client.ended
  assert.deepEqual(
    client.messages.map(({ event }) => event),
    ['dropped'],
  )
  assert.deepEqual([server.dropped, server.live.size], [[true], 0])
})

test('closing the server ends streams cleanly', async () => {
  const server = await serve()
  const client = await server.connect('videoId=v&eventType=view')
  await client.until(isCount(0))
  await server.app.close()
  await client.ended
  assert.equal(client.response.complete, true)
  assert.deepEqual(client.comments, ['closing'])
})

describe('A connection', () => {
  test('beyond the limit of an address is refused until another ends', async () => {
    await using server = await serve({ connectionsPerAddressMax: 1 })
    const first = await server.connect('videoId=v&eventType=view')
    const second = await server.connect('videoId=v&eventType=view')
    assert.equal(second.response.statusCode, 429)
    assert.equal((await problemOf(second)).type, 'urn:tally:problem:rate-limited')
    first.close()
    for (;;) {
      const third = await server.connect('videoId=v&eventType=view')
      third.close()
      if (third.response.statusCode === 200) break
    }
  })

  test('beyond the limit of the process is refused', async () => {
    await using server = await serve({ connectionsMax: 1 })
    const first = await server.connect('videoId=v&eventType=view')
    const second = await server.connect('videoId=v&eventType=view')
    assert.equal(second.response.statusCode, 503)
    assert.equal((await problemOf(second)).type, 'urn:tally:problem:overloaded')
    assert.equal(second.response.headers['retry-after'], '5')
    first.close()
  })

  test('speaks for its key’s tenant, which may stand in the address', async () => {
    await using server = await serve({}, 'k1=one,k2=two')
    await server.count('v', 1, 'view', 'one')
    await server.count('v', 2, 'view', 'two')
    const query = 'videoId=v&eventType=view'
    const [byQuery, byHeader, both] = await Promise.all([
      server.connect(`${query}&key=k1`),
      server.connect(query, { 'x-api-key': 'k2' }),
      server.connect(`${query}&key=k1`, { authorization: 'Bearer k2' }),
    ])
    await Promise.all([byQuery.until(isCount(1)), byHeader.until(isCount(2)), both.until(isCount(2))])
    for (const client of [byQuery, byHeader, both]) client.close()
    assert.equal((await server.connect(query)).response.statusCode, 401)
    assert.equal((await server.connect(`${query}&key=k3`)).response.statusCode, 403)
  })

  const refused = (what: string, query: string, rule: RegExp) =>
    test(`is refused for ${what}`, async () => {
      await using server = await serve({ seriesPerConnectionMax: 4 })
      const client = await server.connect(query)
      assert.equal(client.response.statusCode, 400)
      const { type, errors } = await problemOf(client)
      assert.equal(type, 'urn:tally:problem:invalid-request')
      assert.match(errors!.map(({ detail }) => detail).join(' '), rule)
    })
  refused('no video', 'eventType=view', /videoId is required/)
  refused('no type', 'videoId=v', /eventType is required/)
  refused('a type that is none', 'videoId=v&eventType=VIEW', /eventType must be a type such as view/)
  refused('too many counts', 'videoId=a&videoId=b&videoId=c&eventType=x&eventType=y', /at most 4 counts/)
  refused('too many videos', 'videoId=a&videoId=b&videoId=c&videoId=d&videoId=e&eventType=x', /may be 4/)
  refused('a start that is no time', 'videoId=v&eventType=view&startTime=soon', /startTime must be/)
  refused('a start in seconds', 'videoId=v&eventType=view&startTime=1759658400', /It looks like seconds/)
  refused('what nobody knows', 'videoId=v&eventType=view&types=x', /types is not known/)
})

describe('A heartbeat', () => {
  const refused = (what: string, body: unknown) =>
    test(`is refused ${what}`, async () => {
      await using server = await serve()
      const response = await server.app.inject({
        method: 'POST',
        url: '/v1/videos/v/heartbeat',
        payload: body as object,
      })
      assert.equal(response.statusCode, 400, response.body)
      assert.match(response.headers['content-type'] as string, /problem\+json/)
    })
  refused('without a viewer', {})
  refused('of no object', [])
  refused('of an empty viewer', { viewerId: '' })
  refused('of a number', { viewerId: 7 })
  refused('with control characters', { viewerId: 'a\n' })
})
