import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSender } from '../sender.ts'
import { createNodeFetch } from './connect-timeout.ts'

const CONNECT_MS = 200
/** Enough for a busy machine to connect. */
const GENEROUS_MS = 1_500

async function listening(server: Pick<Server, 'listen' | 'address' | 'once'>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server as Server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Takes connections, and answers no TLS handshake. */
async function silentServer() {
  const server = createTcpServer()
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})))
  const port = await listening(server as never)
  return {
    url: `https://127.0.0.1:${port}`,
    [Symbol.dispose]: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Connects at once, and takes its time to answer. */
async function slowServer(answerMs: number) {
  const server = createServer(async (request, response) => {
    request.resume()
    await sleep(answerMs)
    response.end('slow')
  })
  const port = await listening(server)
  return { url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => server.close().closeAllConnections() }
}

const MESSAGE = `no connection within ${CONNECT_MS} ms`

test('a connection that does not come is given up, long before the request would be', async () => {
  using server = await silentServer()
  const fetch = createNodeFetch({ connectTimeoutMs: CONNECT_MS })
  await assert.rejects(fetch(server.url), { message: MESSAGE })
})

test('an answer that is slow is waited for, on a new connection and on one that is there', async () => {
  using server = await slowServer(GENEROUS_MS + CONNECT_MS)
  const fetch = createNodeFetch({ connectTimeoutMs: GENEROUS_MS })
  for (let i = 0; i < 2; i++) {
    const both = await Promise.all([fetch(server.url), fetch(server.url)])
    for (const response of both) assert.equal(await response.text(), 'slow')
  }
})

test('the signal of the caller ends a request before and after it is connected', async () => {
  using silent = await silentServer()
  using slow = await slowServer(10 * CONNECT_MS)
  const fetch = createNodeFetch({ connectTimeoutMs: 60_000 })
  const enough = new Error('enough')
  await assert.rejects(fetch(slow.url, { signal: AbortSignal.abort(enough) }), enough)
  for (const { url } of [silent, slow]) {
    const controller = new AbortController()
    const call = fetch(url, { signal: controller.signal })
    setTimeout(() => controller.abort(enough), CONNECT_MS)
    await assert.rejects(call, enough)
  }
})

test('a client that uses it tries again after a failed connection, and says so at its end', async () => {
  using server = await silentServer()
  const fetch = createNodeFetch({ connectTimeoutMs: CONNECT_MS })
  let failures = 0
  const counting: typeof fetch = (input, init) =>
    fetch(input, init).catch((error) => {
      assert.equal(error.message, MESSAGE)
      failures++
      throw error
    })
  const sender = createSender({ url: server.url, fetch: counting })
  sender.track({ videoId: 'v', type: 'view', id: 'a' })
  const undelivered = await sender.close({ timeoutMs: 4_000 })
  assert.deepEqual(
    undelivered.map(({ id }) => id),
    ['a'],
  )
  assert.ok(failures >= 1)
})
