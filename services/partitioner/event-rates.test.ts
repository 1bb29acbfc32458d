import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { KeyRing } from '../../lib/http/keys/key-ring.ts'
import { digestOf, keyOfSetting } from '../../lib/http/keys/known-key.ts'
import { LocalRateLimit } from '../../stores/rate-limit/rate-limit.ts'
import { anEvent, NOW_MS, openDoor } from '../../testing/door-fixture.ts'
import { type EventMetrics, NO_METRICS } from './partitioner-metrics.ts'

type Rates = { readonly tenant?: number; readonly key?: number; readonly address?: number }

function door({ tenant, key, address }: Rates, metrics: EventMetrics = NO_METRICS) {
  let nowMs = NOW_MS
  const clock = { nowMs: () => nowMs, sleep: async () => {} } // nothing lingers
  const keys = new KeyRing({
    apiKeys: ['a', 'b'].map((one) => keyOfSetting(one, 'full', 'acme')),
    adminKeys: [],
  })
  const page = { digest: digestOf('w'), role: 'write', tenant: 'acme', origins: [], expiresMs: null } as const
  keys.takeFiled([page], true)
  const opened = openDoor({
    ...{ keys, clock, metrics, limits: { eventsPerSecondMax: tenant ?? null } },
    senderLimits: {
      key: new LocalRateLimit(key ?? null, clock),
      address: new LocalRateLimit(address ?? null, clock),
    },
  })
  let sent = 0
  const send = (apiKey: string, events = 1, remoteAddress = '10.0.0.1') =>
    opened.app.inject({
      ...{ method: 'POST', url: '/v1/events', remoteAddress },
      headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
      payload: JSON.stringify(Array.from({ length: events }, () => anEvent({ id: `e${sent++}` }))),
    })
  const advance = (ms: number) => {
    nowMs += ms
  }
  return { ...opened, advance, send }
}

test('every answer tells what is left, and who is refused when to come back', async () => {
  const { send, advance } = door({ tenant: 10 })
  const taken = await send('a', 4)
  assert.equal(taken.headers['ratelimit-policy'], '"tenant";q=10;w=1;qu="events"')
  assert.equal(taken.headers.ratelimit, '"tenant";r=6;t=1')
  await send('a', 20)
  const refused = await send('b')
  assert.equal(refused.statusCode, 429)
  assert.equal(refused.headers.ratelimit, '"tenant";r=0;t=3')
  const waitS = Number(refused.headers['retry-after'])
  assert.ok(waitS >= 2 && waitS <= 3, String(waitS))
  advance(waitS * 1_000)
  assert.equal((await send('b')).statusCode, 202)
})

describe('a share is', () => {
  const statuses = async (rates: Rates, ...sends: readonly (readonly [string, string])[]) => {
    const { send } = door(rates)
    const found: number[] = []
    for (const [key, ip] of sends) found.push((await send(key, 10, ip)).statusCode)
    return found
  }
  const [HERE, THERE] = ['10.0.0.1', '10.0.0.2']
  test('of each key, wherever it is sent from', async () => {
    assert.deepEqual(await statuses({ key: 10 }, ['a', HERE], ['a', THERE], ['b', HERE]), [202, 429, 202])
  })
  test('of each address, for keys of pages alone', async () => {
    const sends = [
      ['w', HERE],
      ['w', HERE],
      ['w', THERE],
      ['a', HERE],
      ['a', HERE],
    ] as const
    assert.deepEqual(await statuses({ address: 10 }, ...sends), [202, 429, 202, 202, 202])
  })
  test('of an IPv6 network, whichever of its addresses are used', async () => {
    const sends = [
      ['w', '2001:db8::1'],
      ['w', '2001:db8::2'],
      ['w', '2001:db8:0:1::1'],
    ] as const
    assert.deepEqual(await statuses({ address: 10 }, ...sends), [202, 429, 202])
  })
  test('left alone by who exceeds a narrower one', async () => {
    const sends = [
      ['a', HERE],
      ['a', HERE],
      ['a', HERE],
      ['b', HERE],
    ] as const
    assert.deepEqual(await statuses({ key: 10, tenant: 11 }, ...sends), [202, 429, 429, 202])
  })
})

/** The head of a request by the key `a`, whose body is to follow. */
async function begunRequest(t: TestContext, app: FastifyInstance, bodyBytes: number): Promise<Socket> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.after(() => app.close())
  const { port } = app.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.write(
    'POST /v1/events HTTP/1.1\r\nhost: localhost\r\nx-api-key: a\r\n' +
      `content-type: application/json\r\ncontent-length: ${bodyBytes}\r\n\r\n`,
  )
  return socket
}

test('who has used up its share is refused before a megabyte is read', async (t) => {
  const { app, send } = door({ tenant: 10 })
  await send('a', 50)
  const socket = await begunRequest(t, app, 1_048_576)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  assert.match(answer.toString(), /^HTTP\/1\.1 429 [\s\S]*retry-after: \d+/i)
})

test('who has used up its share while a body was on its way is refused before that is parsed', async (t) => {
  const begun = Promise.withResolvers<void>()
  const inFlightBytes = (bytes: number) => bytes > 0 && begun.resolve()
  const { app, send } = door({ tenant: 10 }, { ...NO_METRICS, inFlightBytes })
  const socket = await begunRequest(t, app, 8)
  socket.write('{')
  await begun.promise
  assert.equal((await send('a', 50)).statusCode, 202)
  socket.write('no JSON')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  assert.match(answer.toString(), /^HTTP\/1\.1 429 /)
})
