import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import http, { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { createSender } from '../sender.ts'
import { createNodeFetch } from './http-fetch.ts'

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

async function answeringServer(answer: (response: ServerResponse) => void) {
  const server = createServer((request, response) => {
    request.resume()
    answer(response)
  })
  server.keepAliveTimeout = 0 // for ever
  const port = await listening(server)
  return { url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => server.close().closeAllConnections() }
}

/** Connects at once, and takes its time to answer. */
const slowServer = (answerMs: number) =>
  answeringServer((response) => setTimeout(() => response.end('slow'), answerMs))

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

test('what it cannot do fails, and is never done in half', async () => {
  using server = await answeringServer((response) => response.writeHead(302, { location: '/login' }).end())
  const fetch = createNodeFetch()
  await assert.rejects(fetch(server.url), {
    name: 'TypeError',
    message: `${server.url}/ redirects, which is not followed`,
  })
  await assert.rejects(fetch(server.url, { redirect: 'error' }), TypeError)
  assert.equal((await fetch(server.url, { redirect: 'manual' })).status, 302)
  for (const body of [new Blob(['a']), new URLSearchParams('a=b'), new ReadableStream()]) {
    await assert.rejects(fetch(server.url, { method: 'POST', body }), TypeError)
  }
  await assert.rejects(fetch(new Request(server.url)), TypeError)
})

test('a status that no answer may have fails', async () => {
  using server = await answeringServer((response) => response.writeHead(999).end('{}'))
  await assert.rejects(createNodeFetch()(server.url), { name: 'TypeError', message: /999|status/ })
})

test('a failure at several addresses names them all', async () => {
  const agent = http.globalAgent
  const addresses = [1, 2].map((last) => ({ address: `127.0.0.${last}`, family: 4 }))
  http.globalAgent = new http.Agent({ lookup: (_, __, done) => done(null, addresses) })
  try {
    using server = await answeringServer(() => {})
    const { port } = new URL(server.url)
    server[Symbol.dispose]()
    const message = `connect ECONNREFUSED 127.0.0.1:${port}, connect ECONNREFUSED 127.0.0.2:${port}`
    await assert.rejects(createNodeFetch()(`http://two.invalid:${port}`), { name: 'TypeError', message })
  } finally {
    http.globalAgent = agent
  }
})

test('a connection that waits for the next request keeps no process alive', async () => {
  using server = await answeringServer((response) => response.end('answered'))
  // Of an agent that never lets go: a process that waited for it would not end.
  const program = `
    import http from 'node:http'
    import { createNodeFetch } from ${JSON.stringify(new URL('./http-fetch.ts', import.meta.url).href)}
    http.globalAgent = new http.Agent({ keepAlive: true })
    console.log(await (await createNodeFetch()('${server.url}')).text())
    setImmediate(() => console.log(Object.values(http.globalAgent.freeSockets).length))`
  const args = ['--input-type=module', '--eval', program]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  assert.deepEqual([output, code], ['answered\n1\n', 0])
})
