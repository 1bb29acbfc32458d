import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { freePort } from '../../../lib/free-port.ts'
import { parseReceivers } from './public-address.ts'
import { webhookSender } from './send-webhook.ts'

const NEVER = new AbortController().signal
const UNREACHED =
  'The receiver could not be reached. Its host has to be in the public internet, unless WEBHOOK_HOSTS lists it.'
const SLOW_MS = 60_000

/** A receiver on loopback; answers of `ask` are what came of sending it one webhook. */
async function receiver(listener: RequestListener, timeoutMs?: number) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const send = webhookSender(parseReceivers(`127.0.0.1:${port}`), 'Tally/test', timeoutMs)
  return {
    port,
    ask: (signal = NEVER, path = '/') =>
      send(
        { url: `http://127.0.0.1:${port}${path}`, headers: { 'webhook-id': 'msg_1' }, body: '{"ü":1}' },
        signal,
      ),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('sends the body and its headers by POST, and takes every 2xx for taken', async () => {
  let got: unknown
  await using one = await receiver(async (request, reply) => {
    const chunks = await request.toArray()
    const { 'webhook-id': id, 'user-agent': agent } = request.headers
    got = [request.method, request.url, id, agent, Buffer.concat(chunks).toString()]
    reply.writeHead(204).end()
  })
  assert.deepEqual(await one.ask(NEVER, '/hook?a=b'), { ok: true })
  assert.deepEqual(got, ['POST', '/hook?a=b', 'msg_1', 'Tally/test', '{"ü":1}'])
})

for (const [status, isGone] of [
  [400, false],
  [410, true],
  [500, false],
] as const)
  test(`an answer of ${status} is a failure`, async () => {
    await using one = await receiver(
      (_, reply) => void reply.writeHead(status).end('secrets of the receiver'),
    )
    assert.deepEqual(await one.ask(), { ok: false, error: `The receiver answered ${status}.`, isGone })
  })

test('follows no redirect', async () => {
  const asked: unknown[] = []
  await using one = await receiver((request, reply) => {
    asked.push(request.url)
    reply.writeHead(307, { location: '/elsewhere' }).end()
  })
  const error = 'The receiver answered 307, and redirects are not followed.'
  assert.deepEqual(await one.ask(), { ok: false, error, isGone: false })
  assert.deepEqual(asked, ['/'])
})

test('reads little of an answer, however long it is', async () => {
  let sent = 0
  await using one = await receiver((_, reply) => {
    reply.writeHead(200)
    const more = () => {
      while (!reply.destroyed && sent < 1 << 28) {
        sent += 1 << 16
        if (!reply.write(Buffer.alloc(1 << 16))) return
      }
    }
    reply.on('drain', more).on('error', () => {})
    more()
  })
  assert.deepEqual(await one.ask(), { ok: true })
  assert.ok(sent < 1 << 25, `${sent} bytes`)
})

test('gives up a receiver that does not answer in time', async () => {
  await using one = await receiver(() => {}, 100)
  assert.deepEqual(await one.ask(), {
    ok: false,
    error: 'There was no answer within 0.1 s.',
    isGone: false,
  })
})

/** Whatever bytes: what comes of sending a webhook to who answers with them, and ends the connection or not. */
async function answeredBy(bytes: string, isEnded: boolean) {
  const sockets: Socket[] = []
  const server = createTcpServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    socket.once('data', () => (isEnded ? socket.end(bytes) : socket.write(bytes)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const send = webhookSender(parseReceivers(`127.0.0.1:${port}`), 'Tally/test', SLOW_MS)
  const outcome = await send({ url: `http://127.0.0.1:${port}/`, headers: {}, body: '{}' }, NEVER)
  const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve).resume()))
  await Promise.all([...closed, new Promise((resolve) => server.close(resolve))])
  return outcome
}

test('takes a change of the protocol for a failure, and keeps no connection', {
  timeout: SLOW_MS,
}, async () => {
  const outcome = await answeredBy('HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', false)
  assert.deepEqual(outcome, { ok: false, error: 'The receiver answered 101.', isGone: false })
})

for (const [said, bytes] of [
  ['nothing', ''],
  ['that more comes', 'HTTP/1.1 103 X\r\n\r\n'],
  ['half of an answer', 'HTTP/1.1 204 X\r\nServer'],
] as const)
  test(`ends with a receiver that says ${said} and goes`, { timeout: SLOW_MS }, async () => {
    const outcome = await answeredBy(bytes, true)
    assert.ok(
      !outcome.ok && outcome.error.startsWith('The receiver could not be reached'),
      JSON.stringify(outcome),
    )
  })

test('fails when it is aborted: nobody knows what came of it', async () => {
  const stop = new AbortController()
  await using one = await receiver(() => stop.abort(), SLOW_MS)
  await assert.rejects(one.ask(stop.signal))
})

test('says no more than that where nobody listens', async () => {
  const host = `127.0.0.1:${await freePort()}`
  const send = webhookSender(parseReceivers(host), 'Tally/test')
  const outcome = await send({ url: `http://${host}/`, headers: {}, body: '{}' }, NEVER)
  assert.deepEqual(outcome, { ok: false, error: UNREACHED, isGone: false })
})

test('goes to no private address, by whatever name', async () => {
  let isAsked = false
  await using one = await receiver((_, reply) => {
    isAsked = true
    reply.end()
  })
  const send = webhookSender(parseReceivers(undefined), 'Tally/test', SLOW_MS)
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '0x7f000001']) {
    for (const scheme of ['http', 'https']) {
      const outcome = await send({ url: `${scheme}://${host}:${one.port}/`, headers: {}, body: '{}' }, NEVER)
      assert.ok(
        !outcome.ok && /public internet|begin with https/.test(outcome.error),
        JSON.stringify(outcome),
      )
    }
  }
  assert.equal(isAsked, false)
  const named = await send({ url: `https://localhost:${one.port}/`, headers: {}, body: '{}' }, NEVER)
  assert.deepEqual(named, { ok: false, error: UNREACHED, isGone: false }, 'as where nobody listens')
})
