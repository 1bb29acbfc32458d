// A real nginx before servers of this test: TLS and HTTP/2, what is sent twice, and how a server comes back. Needs
// neither Kafka nor Cassandra.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import { request as requestTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { runProgram } from '../native/run-program.ts'
import { openServers } from '../servers.ts'
import { type InfraSettings, readInfraSettings, type TlsFiles } from '../settings.ts'

type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }

const SETTINGS = readInfraSettings(process.env)
/** Longer than nginx sends nothing to a server that failed. */
const FAILED_MS = 2_100

test('TLS: HTTP/2 where the client knows it, and the name of the request goes through', async (t) => {
  const backend = await listening(t)
  const { port, authority } = await balancer(t, [backend])
  const session = connectHttp2(`https://localhost:${port}`, { ca: authority })
  t.after(() => session.close())
  const answer = await askHttp2(session, { ':path': '/v1/videos/a%2Fb/stats', 'x-request-id': 'mine:1' })
  assert.equal(session.alpnProtocol, 'h2')
  assert.equal(answer.status, 200)
  assert.equal(answer.headers['x-request-id'], 'mine:1')
  const { url, headers } = backend.seen[0]!
  assert.equal(url, '/v1/videos/a%2Fb/stats')
  assert.equal(headers['x-request-id'], 'mine:1')
  assert.equal(headers['x-forwarded-proto'], 'https')
  assert.equal(headers.host, `localhost:${port}`)
  const made = await askHttp2(session, { ':path': '/', 'x-request-id': 'not a name' })
  assert.match(String(made.headers['x-request-id']), /^[0-9a-f]{32}$/)
  const old = await askTls(port, authority)
  assert.equal(old.status, 200, 'HTTP/1.1 goes on')
})

test('TLS: headers that the services take pass over HTTP/2, and larger ones do not', async (t) => {
  const backend = await listening(t)
  const { port, authority } = await balancer(t, [backend])
  const withHeader = (bytes: number) => {
    const session = connectHttp2(`https://localhost:${port}`, { ca: authority })
    session.on('error', () => {}) // the stream fails with it
    t.after(() => session.close())
    return askHttp2(session, { ':path': '/', 'x-long': 'x'.repeat(bytes) })
  }
  assert.equal((await withHeader(14 << 10)).status, 200)
  await assert.rejects(withHeader(20 << 10), { code: 'ERR_HTTP2_SESSION_ERROR' })
  assert.equal(backend.seen.length, 1)
})

test('TLS: who asks for a page in plain HTTP is sent to https, who sends is refused', async (t) => {
  const backend = await listening(t)
  const { port } = await balancer(t, [backend])
  const page = await ask(port, 'GET', '/watch?v=1')
  assert.deepEqual([page.status, page.headers.location], [308, `https://127.0.0.1:${port}/watch?v=1`])
  const refused = await ask(port, 'POST', '/v1/events', '[]')
  assert.equal(refused.status, 403)
  assert.match(String(refused.headers['content-type']), /^application\/problem\+json/)
  assert.equal(JSON.parse(refused.body).type, 'urn:tally:problem:tls-required')
  assert.equal(backend.seen.length, 0)
})

for (const [method, path, isSafe] of [
  ['GET', '/v1/videos/v/stats', true],
  ['POST', '/v1/events', true],
  ['POST', '/v1/query', true],
  ['POST', '/v1/admin/dead-letters', false],
] as const) {
  const outcome = isSafe ? 'is sent to another one' : 'is answered 503, because it may have been done'
  test(`${method} ${path}, whose server dies, ${outcome}`, async (t) => {
    const [dying, living] = [await listening(t, { dies: true }), await listening(t)]
    const { port } = await balancer(t, [dying, living], null)
    const answers = [await ask(port, method, path), await ask(port, method, path)] // one meets each server first
    assert.equal(dying.seen.length, 1)
    assert.deepEqual(answers.map(({ status }) => status).sort(), isSafe ? [200, 200] : [200, 503])
    assert.equal(living.seen.length, isSafe ? 2 : 1)
  })
}

test('a server that was away comes back slowly', async (t) => {
  const steady = await listening(t)
  const away = await listening(t)
  const { port } = await balancer(t, [steady, away], null)
  const share = async (requests: number) => {
    const before = away.seen.length
    for (let sent = 0; sent < requests; sent++) assert.equal((await ask(port, 'GET', '/')).status, 200)
    return (away.seen.length - before) / requests
  }
  assert.equal(await share(100), 0.5)
  await away.stop()
  assert.equal(await share(10), 0)
  await away.start()
  await sleep(FAILED_MS)
  const first = await share(50)
  assert.ok(first < 0.25, `${first} of the first requests`)
  let later = 0
  for (let tries = 0; tries < 30 && later < 0.4; tries++) later = await share(100)
  assert.ok(later >= 0.4, `${later} of later requests`)
})

/** By turns, so that it is known which server is next. */
async function balancer(t: TestContext, backends: readonly Backend[], tls: 'tls' | null = 'tls') {
  const temporary = await temporaryDirectory()
  const directory = temporary.path
  const port = await freePort()
  const addresses = backends.map((backend) => `127.0.0.1:${backend.port}`)
  const files = tls === null ? null : await certificateIn(directory)
  const settings: Partial<InfraSettings> = {
    ...{ directory, tls: files, balance: 'round_robin', engine: 'native' },
    ports: { ...SETTINGS.ports, nginx: port },
    ...{ partitioners: addresses, queries: addresses, reconcilers: addresses },
  }
  const servers = await openServers(settings)
  t.after(async () => {
    await servers.down(['nginx'])
    await temporary[Symbol.asyncDispose]()
  })
  await servers.up({ nginx: 1 })
  return { port, authority: files === null ? Buffer.of() : await readFile(files.certificate) }
}

async function certificateIn(directory: string): Promise<TlsFiles> {
  const files = { certificate: join(directory, 'certificate.pem'), key: join(directory, 'key.pem') }
  const form = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  await runProgram('openssl', ['req', ...form, ...names, '-keyout', files.key, '-out', files.certificate])
  return files
}

type Backend = {
  readonly port: number
  readonly seen: { readonly url: string; readonly headers: IncomingMessage['headers'] }[]
  start(): Promise<void>
  stop(): Promise<void>
}

/** @param dies it closes the connection of each request that it has read */
async function listening(t: TestContext, { dies = false } = {}): Promise<Backend> {
  const seen: Backend['seen'] = []
  const server = createServer((incoming, response) => {
    seen.push({ url: incoming.url!, headers: incoming.headers })
    incoming.resume().once('end', () => (dies ? incoming.socket.destroy() : response.end('answered')))
  })
  const start = async (port = 0) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await start()
  const { port } = server.address() as AddressInfo
  t.after(() => stop(server))
  return { port, seen, start: () => start(port), stop: () => stop(server) }
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await stop(server)
  return port
}

async function askHttp2(session: ClientHttp2Session, headers: Record<string, string>): Promise<Answer> {
  const stream = session.request(headers)
  const [answered] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }]
  return { status: answered[':status'], headers: answered, body: await textOf(stream) }
}

async function askTls(port: number, ca: Buffer): Promise<Answer> {
  const asked = requestTls({ host: 'localhost', port, ca, agent: false })
  asked.end()
  return answerOf(asked)
}

async function ask(port: number, method: string, path: string, body = ''): Promise<Answer> {
  const asked = request({ host: '127.0.0.1', port, method, path })
  asked.end(body)
  return answerOf(asked)
}

async function answerOf(asked: ReturnType<typeof request>): Promise<Answer> {
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: answer.statusCode!, headers: answer.headers, body: await textOf(answer) }
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(stream)).toString()
}
