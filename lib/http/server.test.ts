import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { PATIENCE_MS } from '../../testing/until.ts'
import { ProblemError } from './problem.ts'
import { buildServer } from './server.ts'

/** Longer than the test may take; Node allows no more before a request. */
const NEVER_MS = 300_000

type Expected = { status: number; type: string; detail?: RegExp; headers?: Record<string, string> }

function build() {
  const app = buildServer({ bodyBytesMax: 100 })
  app.get('/things/:name', async () => ({ ok: true }))
  app.post('/things/:name', async (request) => request.body ?? null)
  app.get('/files/*', async () => ({ ok: true }))
  app.get('/fails', async () => {
    throw new Error('password=1234')
  })
  app.get('/limits', async () => {
    throw new ProblemError({ type: 'rate-limited', detail: 'Later.', headers: { 'retry-after': '7' } })
  })
  app.get('/refuses', async () => {
    throw new ProblemError({
      type: 'overloaded',
      detail: 'Later.',
      errors: [{ parameter: 'x', detail: 'y' }],
    })
  })
  return app
}

function check(
  method: 'GET' | 'POST' | 'PUT' | 'QUERY',
  url: string,
  expected: Expected,
  payload?: string,
  type?: string,
): void {
  test(`${method} ${url.slice(0, 40)} with «${payload?.slice(0, 20)}» is ${expected.type}`, async () => {
    const headers = type === undefined ? {} : { 'content-type': type }
    const answer = await build().inject({
      method: method as 'GET',
      url,
      headers,
      ...(payload === undefined ? {} : { payload }),
    })
    assert.equal(answer.statusCode, expected.status)
    assert.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8')
    assert.equal(answer.headers['x-content-type-options'], 'nosniff')
    const { type: uri, title, status, detail } = answer.json()
    assert.equal(uri, `urn:tally:problem:${expected.type}`)
    assert.equal(status, expected.status)
    assert.ok(title.length > 0)
    assert.match(detail, expected.detail ?? /./)
    for (const [name, value] of Object.entries(expected.headers ?? {}))
      assert.equal(answer.headers[name], value)
    assert.ok(!answer.body.includes('1234'))
  })
}

check('GET', '/nowhere', { status: 404, type: 'not-found' })
check('GET', '/things', { status: 404, type: 'not-found' })
check('PUT', '/things/a?b=c', {
  status: 405,
  type: 'method-not-allowed',
  headers: { allow: 'GET, HEAD, OPTIONS, POST' },
})
check('POST', '/files/a/b', {
  status: 405,
  type: 'method-not-allowed',
  headers: { allow: 'GET, HEAD, OPTIONS' },
})
check('QUERY', '/files/a', { status: 405, type: 'method-not-allowed' })
check('PUT', '/files/a', { status: 405, type: 'method-not-allowed' }, 'x', 'text/plain')
check('QUERY', '/nowhere', { status: 404, type: 'not-found' })
check('GET', '/fails', { status: 500, type: 'internal' })
check('GET', '/refuses', { status: 503, type: 'overloaded', headers: { 'retry-after': '1' } })
check('GET', '/limits', { status: 429, type: 'rate-limited', headers: { 'retry-after': '7' } })
check('GET', '/things/%?key=1234', { status: 400, type: 'invalid-request', detail: /^In the path, %/ })
check('GET', `/things/${'a'.repeat(2_000)}`, { status: 414, type: 'address-too-long', detail: /^.{1,80}$/ })
const JSON_TYPE = 'application/json'
const unreadable = (detail: RegExp) => ({ status: 400, type: 'unreadable-body', detail })
check('POST', '/things/a', unreadable(/not valid JSON/), '{', JSON_TYPE)
check('POST', '/things/a', unreadable(/is empty/), '', JSON_TYPE)
check('POST', '/things/a', unreadable(/__proto__/), '{"__proto__":1}', JSON_TYPE)
const tooLarge = { status: 413, type: 'body-too-large', detail: /^Send at most 100 bytes\.$/ }
check('POST', '/things/a', tooLarge, 'x'.repeat(101), JSON_TYPE)
const unsupported = { status: 415, type: 'unsupported-media-type', detail: /as application\/json\.$/ }
check('POST', '/things/a', unsupported, 'x', 'text/plain')
check('POST', '/things/a', unsupported, '{}', 'application/json, x')

test('the answer carries its errors', async () => {
  const answer = await build().inject('/refuses')
  assert.deepEqual(answer.json().errors, [{ parameter: 'x', detail: 'y' }])
})

async function exchange(t: TestContext, bytes: string): Promise<string> {
  const app = build()
  t.after(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.setEncoding('utf8').write(bytes)
  return (await socket.toArray()).join('')
}

describe('is answered with a problem before any route:', () => {
  const checkBytes = (name: string, bytes: string, status: string, type: string, detail: RegExp) =>
    test(name, async (t) => {
      const answer = await exchange(t, bytes)
      const [head = '', body] = answer.split('\r\n\r\n')
      assert.ok(head.startsWith(`HTTP/1.1 ${status}\r\n`), head)
      assert.match(head, /content-type: application\/problem\+json/i)
      assert.match(head, /x-content-type-options: nosniff/i)
      assert.equal(/\r\nallow: GET, HEAD, /i.test(head), type.startsWith('method-'))
      const problem = JSON.parse(body!)
      assert.equal(problem.type, `urn:tally:problem:${type}`)
      assert.match(problem.detail, detail)
    })
  const large = `GET / HTTP/1.1\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`
  const hostless = 'GET /files/a HTTP/1.1\r\nConnection: close\r\n\r\n'
  const tunnel = 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n'
  const unknown = 'BREW /files/a HTTP/1.1\r\nHost: a\r\n\r\n'
  checkBytes('bytes that are not HTTP', 'nonsense\r\n\r\n', '400 Bad Request', 'invalid-request', /as HTTP/)
  checkBytes(
    'headers too large',
    large,
    '431 Request Header Fields Too Large',
    'headers-too-large',
    /most 16384 b/,
  )
  checkBytes('a request without a host', hostless, '400 Bad Request', 'invalid-request', /Host/)
  checkBytes('a method that nobody knows', unknown, '501 Not Implemented', 'method-unknown', /GET, HEAD/)
  checkBytes('a tunnel', tunnel, '405 Method Not Allowed', 'method-not-allowed', /CONNECT/)
})

test('an expectation that nobody knows is not heeded', async (t) => {
  const request = 'GET /files/a HTTP/1.1\r\nHost: localhost\r\nExpect: x\r\nConnection: close\r\n\r\n'
  assert.match(await exchange(t, request), /^HTTP\/1\.1 200 OK.*{"ok":true}$/s)
})

test('the time for a request is the time for its body too', () => {
  const { server } = buildServer({ requestTimeoutMs: 7_000 })
  assert.deepEqual([server.requestTimeout, server.headersTimeout], [7_000, 7_000])
})

test('a sender who hangs up within a body is no fault of ours', async (t) => {
  const app = build()
  t.after(() => app.close())
  const answered = Promise.withResolvers<number>()
  app.addHook('onSend', async (_request, reply) => answered.resolve(reply.statusCode))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(
    `POST /things/a HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: 9\r\n\r\n{`,
  )
  await once(app.server, 'request')
  socket.resetAndDestroy()
  assert.equal(await answered.promise, 400)
})

test('while it closes, what has begun is finished and what comes after is refused', async () => {
  const app = buildServer()
  const entered = Promise.withResolvers<void>()
  const closing = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  app.addHook('preClose', async () => closing.resolve())
  app.get('/quick', async () => ({ quick: true }))
  app.get('/slow', async () => {
    entered.resolve()
    await gate.promise
    return { slow: true }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8')
  socket.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await entered.promise
  const closed = app.close()
  await closing.promise
  const arrived = once(app.server, 'request')
  socket.write('GET /quick HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await arrived
  gate.resolve()
  const [, first, second] = (await socket.toArray()).join('').split('HTTP/1.1 ')
  assert.match(first!, /^200 OK.*{"slow":true}/s)
  assert.match(second!, /^503 Service Unavailable.*connection: close.*urn:tally:problem:closing/is)
  await closed
})

test('a request that never ends does not keep it from closing', { timeout: PATIENCE_MS }, async () => {
  const never = { requestTimeoutMs: NEVER_MS, connectionTimeoutMs: NEVER_MS }
  const app = buildServer({ closeTimeoutMs: 50, ...never })
  app.post('/things', async () => ({}))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const begun = once(app.server, 'request')
  const sockets = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
  sockets[0]!.write(
    'POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  )
  sockets[1]!.write('POST /things HTTP/1.1\r\nHo')
  for (const socket of sockets) socket.on('error', () => {}).resume()
  await begun
  await app.close()
})
