import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LOOK_INTERVAL_MS } from '../../../lib/http/keys/filed-keys.ts'
import { digestOf, type KnownKey, keyOfSetting } from '../../../lib/http/keys/known-key.ts'
import type { LiveClient, LiveMessage } from '../../../testing/live-client.ts'
import { serveLive } from '../../../testing/live-server.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { until } from '../../../testing/until.ts'
import { HEARTBEAT_MS } from './open-streams.ts'

type Counted = { readonly videoId: string; readonly eventType: string; readonly count: number }

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
  await using server = await serveLive()
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
  await using server = await serveLive({}, '', { asOfMs: 0 })
  await server.count('v', 3)
  const client = await server.connect('videoId=v&eventType=view')
  const { data } = await client.until(isCount(3))
  assert.equal((data as { asOf: string | null }).asOf, null)
  client.close()
})

test('a count says where it is not complete', async () => {
  await using server = await serveLive({}, '', { keptFrom: 60 })
  const completeFrom = async (time: string) => {
    const client = await server.connect(`videoId=v&eventType=view&startTime=1970-01-01T${time}Z`)
    const { data } = await client.until(isCount(0))
    client.close()
    return (data as { complete?: boolean }).complete
  }
  assert.equal(await completeFrom('00:15:00'), undefined)
  assert.equal(await completeFrom('00:16:00'), false)
})

test('whoever comes back is told everything as it is', async () => {
  await using server = await serveLive()
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
  await using server = await serveLive()
  const clients = await Promise.all(
    Array.from({ length: 100 }, (_, i) => server.connect(`videoId=v${i % 10}&eventType=view`)),
  )
  for (let round = 1; round <= 3; round++) {
    for (let i = 0; i < 10; i++) await server.count(`v${i}`, round)
    await Promise.all(clients.map((client, i) => client.until(isCount(round, `v${i % 10}`))))
  }
  assert.equal(server.live.size, 10)
  for (const client of clients) client.close()
  await until('all have left', () => server.live.size === 0)
})

test('viewers come with the counts', async () => {
  await using server = await serveLive()
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
  const all = await (await fetch(`${server.url}/v1/site/viewers`)).json()
  assert.deepEqual(
    { ...(all as object), asOf: '' },
    { viewers: 2, asOf: '', windowSeconds: 15, exact: false, error: 0.01625 },
  )
  assert.equal((await fetch(`${server.url}/v1/site/viewers?by=country`)).status, 400)
  client.close()
})

test('a client that takes too little is told why, and dropped', async () => {
  await using server = await serveLive({ bufferBytesMax: 2_000 })
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
  const server = await serveLive()
  const client = await server.connect('videoId=v&eventType=view')
  await client.until(isCount(0))
  await server.app.close()
  await client.ended
  assert.equal(client.response.complete, true)
  assert.deepEqual(client.comments, ['closing'])
})

describe('A connection', () => {
  test('beyond the limit of an address is refused until another ends', async () => {
    await using server = await serveLive({ connectionsPerAddressMax: 1 })
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
    await using server = await serveLive({ connectionsMax: 1 })
    const first = await server.connect('videoId=v&eventType=view')
    const second = await server.connect('videoId=v&eventType=view')
    assert.equal(second.response.statusCode, 503)
    assert.equal((await problemOf(second)).type, 'urn:tally:problem:overloaded')
    assert.equal(second.response.headers['retry-after'], '5')
    first.close()
  })

  test('gives way where its tenant has most of all, for one that has fewer', async () => {
    await using server = await serveLive({ connectionsMax: 3 }, 'k1=one,k2=two')
    const connect = (key: string) => server.connect(`videoId=v&eventType=view&key=${key}`)
    const [first, second, third] = [await connect('k1'), await connect('k1'), await connect('k1')]
    const other = await connect('k2')
    await other.until(isCount(0))
    await third!.ended
    assert.equal((await connect('k1')).response.statusCode, 503)
    assert.equal((await connect('k2')).response.statusCode, 503) // one and two are as equal as two and one
    for (const client of [first!, second!, other]) {
      assert.equal(client.response.statusCode, 200)
      client.close()
    }
  })

  test('speaks for its key’s tenant, which may stand in the address', async () => {
    await using server = await serveLive({}, 'k1=one,k2=two')
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

  test('ends soon after its key is revoked, expires, or is of another tenant', async () => {
    const time = new ManualClock()
    await using server = await serveLive({}, '', { time })
    const [revoked, expiring, moved, kept] = ['a', 'b', 'c', 'd'].map((key) =>
      keyOfSetting(key, 'read', 'acme'),
    )
    const expired = { ...expiring!, expiresMs: time.nowMs() + LOOK_INTERVAL_MS }
    server.keys.takeFiled([revoked!, expired, moved!, kept!], true)
    const connect = (key: string) => server.connect(`videoId=v&eventType=view&key=${key}`)
    const clients = await Promise.all(['a', 'b', 'c', 'd'].map(connect))
    await Promise.all(clients.map((client) => client.until(isCount(0))))
    server.keys.takeFiled([expired, { ...moved!, tenant: 'globex' }, kept!], true)
    time.advance(LOOK_INTERVAL_MS)
    const last = clients.pop()!
    await Promise.all(clients.map(({ ended }) => ended))
    assert.deepEqual(
      clients.map(({ comments }) => comments),
      Array(3).fill(['closing']),
    )
    await server.count('v', 1, 'view', 'acme')
    await last.until(isCount(1))
    last.close()
  })

  test('of anybody ends when a key is needed, also where all others had ended before', async () => {
    const time = new ManualClock()
    await using server = await serveLive({}, '', { time })
    const connect = () => server.connect('videoId=v&eventType=view')
    const first = await connect()
    first.close()
    await until('the first has left', () => server.live.size === 0)
    time.advance(LOOK_INTERVAL_MS)
    const client = await connect()
    await client.until(isCount(0))
    server.keys.takeFiled([keyOfSetting('a', 'read', 'acme')], true)
    time.advance(LOOK_INTERVAL_MS)
    await client.ended
    assert.equal((await connect()).response.statusCode, 401)
  })

  const refused = (what: string, query: string, rule: RegExp) =>
    test(`is refused for ${what}`, async () => {
      await using server = await serveLive({ seriesPerConnectionMax: 4 })
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

describe('A connection by a share link', () => {
  const HOUR = 3_600_000
  const QUERY = 'videoId=v&eventType=view'
  type Server = Awaited<ReturnType<typeof serveLive>>
  const linkFor = ({ keys }: Server, key: string, expiresMs: number) => {
    const token = keys.links.sign({ tenant: 'acme', shows: { videoId: 'v' }, expiresMs }, digestOf(key))
    return { authorization: `Bearer ${token}` }
  }
  const beats = ({ comments }: LiveClient) => comments.filter((comment) => comment === 'heartbeat').length
  const untilBeats = async (client: LiveClient, count: number) => {
    await until(`${count} beats have come`, () => beats(client) >= count)
  }

  test('ends with the first beat after the link has expired', async () => {
    const time = new ManualClock()
    await using server = await serveLive({}, 'k=acme', { time })
    const headers = linkFor(server, 'k', time.nowMs() + 2 * HEARTBEAT_MS)
    const [byLink, byKey] = [await server.connect(QUERY, headers), await server.connect(`${QUERY}&key=k`)]
    await Promise.all([byLink.until(isCount(0)), byKey.until(isCount(0))])
    time.advance(HEARTBEAT_MS)
    await Promise.all([untilBeats(byLink, 1), untilBeats(byKey, 1)])
    time.advance(HEARTBEAT_MS)
    await byLink.ended
    await untilBeats(byKey, 2)
    assert.deepEqual(byLink.comments, ['heartbeat', 'closing'])
    const again = await server.connect(QUERY, headers)
    assert.equal((await problemOf(again)).type, 'urn:tally:problem:link-expired')
    byKey.close()
  })

  test('ends with the first beat after the key that made the link is revoked', async () => {
    const time = new ManualClock()
    await using server = await serveLive({}, 'k=acme', { time })
    const filed: KnownKey = {
      ...server.keys.find('k').known[0]!,
      digest: digestOf('filed'),
    }
    server.keys.takeFiled([filed], true)
    const headers = linkFor(server, 'filed', time.nowMs() + HOUR)
    const other = await server.connect(QUERY, linkFor(server, 'k', time.nowMs() + HOUR))
    const client = await server.connect(QUERY, headers)
    await Promise.all([client.until(isCount(0)), other.until(isCount(0))])
    server.keys.takeFiled([], true)
    time.advance(HEARTBEAT_MS)
    await client.ended
    await untilBeats(other, 1)
    assert.deepEqual(client.comments, ['closing'])
    other.close()
  })

  test('is one of a quarter of all, of all links together', async () => {
    await using server = await serveLive({ connectionsMax: 8 }, 'k=acme')
    const connect = (name: string) =>
      name === 'link'
        ? server.connect(QUERY, linkFor(server, 'k', Date.now() + HOUR))
        : server.connect(`${QUERY}&key=k`)
    const links = [await connect('link'), await connect('link')]
    const third = await connect('link')
    assert.equal(third.response.statusCode, 503)
    assert.equal(third.response.headers['retry-after'], '5')
    assert.equal((await problemOf(third)).type, 'urn:tally:problem:overloaded')
    const owners = await Promise.all(Array.from({ length: 6 }, () => connect('key')))
    assert.deepEqual(
      owners.map(({ response }) => response.statusCode),
      Array(6).fill(200),
    )
    for (const owner of owners) owner.close()
    links[0]!.close()
    for (;;) {
      const next = await connect('link')
      next.close()
      if (next.response.statusCode === 200) break
    }
    links[1]!.close()
  })
})

describe('A heartbeat', () => {
  const refused = (what: string, body: unknown) =>
    test(`is refused ${what}`, async () => {
      await using server = await serveLive()
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
