// A real nginx before servers of this test: TLS and HTTP/2, what is sent twice, and how a server comes back. Needs
// neither Kafka nor Cassandra.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import { request as requestTls } from 'node:https'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../lib/free-port.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'
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

test('what only the archive can answer goes to the reconcilers as it came', async (t) => {
  const queries = await listening(t, { status: 421 })
  const reconcilers = await listening(t)
  const { port } = await balancer(t, [queries], null, [reconcilers])
  const body = JSON.stringify({ groupBy: 'country', padding: 'x'.repeat(100_000) })
  for (const method of ['POST', 'QUERY']) {
    const answer = await ask(port, method, '/v1/query?a=b', body)
    assert.deepEqual([answer.status, answer.body], [200, 'answered'])
    const { method: sent, url, body: received } = reconcilers.seen.at(-1)!
    assert.deepEqual([sent, url, received], [method, '/v1/query?a=b', body])
  }
  for (const path of ['/v1/videos/a%2Fb/stats?where=c:d', '/v1/channels/a%2Fb/stats?where=c%3Ad']) {
    assert.equal((await ask(port, 'GET', path)).status, 200)
    assert.equal(reconcilers.seen.at(-1)!.url, path)
  }
  assert.equal((await ask(port, 'GET', '/v1/videos/v/summary')).status, 421, 'elsewhere it is an answer')
  for (const path of [
    '/v1/videos/a%2Fb/breakdown',
    '/v1/channels/a%2Fb/breakdown?by=c',
    '/v1/site/breakdown',
    '/v1/alerts',
    '/v1/alerts/a/test',
  ])
    assert.equal((await ask(port, 'GET', path)).status, 200)
  const elsewhere = await listening(t, { status: 421 })
  const refusing = await balancer(t, [queries], null, [elsewhere])
  assert.equal((await ask(refusing.port, 'POST', '/v1/query', body)).status, 421, 'and not for ever')
})

test('where no archive answers, a question is told to come again', async (t) => {
  const queries = await listening(t, { status: 421 })
  const away = await listening(t)
  const { port } = await balancer(t, [queries], null, [away])
  await away.stop()
  for (const method of ['POST', 'QUERY']) {
    const { status, headers, body } = await ask(port, method, '/v1/query', '{}')
    assert.deepEqual([status, headers['retry-after']], [503, '1'], body)
    assert.match(String(headers['content-type']), /^application\/problem\+json/)
    assert.equal(JSON.parse(body).type, 'urn:tally:problem:not-ready')
  }
})

test('an archive that refuses a question answers for all of them', async (t) => {
  const queries = await listening(t, { status: 421 })
  const refusing = [await listening(t, { status: 503 }), await listening(t, { status: 503 })]
  const { port } = await balancer(t, [queries], null, refusing)
  const { status, body } = await ask(port, 'POST', '/v1/query', '{}')
  assert.deepEqual([status, body], [503, 'answered'])
  assert.equal(refusing.flatMap(({ seen }) => seen).length, 1)
})

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
  // Nginx counts in whole seconds: how many requests that takes depends on the machine.
  await until('it gets its share of later requests', async () => (await share(100)) >= 0.4)
})

/** By turns, so that it is known which server is next. */
async function balancer(
  t: TestContext,
  backends: readonly Backend[],
  tls: 'tls' | null = 'tls',
  reconcilers = backends,
) {
  const temporary = await temporaryDirectory()
  const directory = temporary.path
  const port = await freePort()
  const addressesOf = (some: readonly Backend[]) => some.map((backend) => `127.0.0.1:${backend.port}`)
  const addresses = addressesOf(backends)
  const files = tls === null ? null : await certificateIn(directory)
  const settings: Partial<InfraSettings> = {
    ...{ directory, tls: files, balance: 'round_robin', engine: 'native' },
    ports: { ...SETTINGS.ports, nginx: port },
    ...{ partitioners: addresses, queries: addresses, reconcilers: addressesOf(reconcilers) },
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

type Seen = {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

type Backend = {
  readonly port: number
  readonly seen: Seen[]
  start(): Promise<void>
  stop(): Promise<void>
}

/** @param dies it closes the connection of each request that it has read */
async function listening(t: TestContext, { dies = false, status = 200 } = {}): Promise<Backend> {
  const seen: Backend['seen'] = []
  const server = createServer(async (incoming, response) => {
    const { method, url, headers } = incoming
    seen.push({ method: method!, url: url!, headers, body: await textOf(incoming) })
    if (dies) incoming.socket.destroy()
    else response.writeHead(status).end('answered')
  })
  const port = await freePort()
  const start = async () => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await start()
  t.after(() => stop(server))
  return { port, seen, start, stop: () => stop(server) }
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
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
