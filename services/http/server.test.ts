import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'node:test'
import { ProblemError } from './problem.ts'
import { buildServer } from './server.ts'

type Expected = { status: number; type: string; headers?: Record<string, string> }

function build() {
  const app = buildServer({ bodyBytesMax: 100 })
  app.get('/things/:name', async () => ({ ok: true }))
  app.post('/things/:name', async (request) => request.body ?? null)
  app.get('/files/*', async () => ({ ok: true }))
  app.get('/fails', async () => {
    throw new Error('password=1234')
  })
  app.get('/refuses', async () => {
    throw new ProblemError({
      type: 'overloaded',
      detail: 'Later.',
      errors: [{ parameter: 'x', detail: 'y' }],
      headers: { 'retry-after': '1' },
    })
  })
  return app
}

function check(
  method: 'GET' | 'POST' | 'PUT',
  url: string,
  expected: Expected,
  payload?: string,
  type?: string,
): void {
  test(`${method} ${url.slice(0, 40)} with «${payload?.slice(0, 20)}» is ${expected.type}`, async () => {
    const headers = type === undefined ? {} : { 'content-type': type }
    const answer = await build().inject({
      method,
      url,
      headers,
      ...(payload === undefined ? {} : { payload }),
    })
    assert.equal(answer.statusCode, expected.status)
    assert.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8')
    const { type: uri, title, status, detail } = answer.json()
    assert.equal(uri, `urn:tally:problem:${expected.type}`)
    assert.equal(status, expected.status)
    assert.ok(title.length > 0 && detail.length > 0)
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
  headers: { allow: 'GET, HEAD, POST' },
})
check('POST', '/files/a/b', { status: 405, type: 'method-not-allowed', headers: { allow: 'GET, HEAD' } })
check('GET', '/fails', { status: 500, type: 'internal' })
check('GET', '/refuses', { status: 503, type: 'overloaded', headers: { 'retry-after': '1' } })
check('GET', '/things/%', { status: 400, type: 'invalid-request' })
check('GET', `/things/${'a'.repeat(2_000)}`, { status: 414, type: 'address-too-long' })
const JSON_TYPE = 'application/json'
check('POST', '/things/a', { status: 400, type: 'unreadable-body' }, '{', JSON_TYPE)
check('POST', '/things/a', { status: 400, type: 'unreadable-body' }, '', JSON_TYPE)
check('POST', '/things/a', { status: 400, type: 'unreadable-body' }, '{"__proto__":1}', JSON_TYPE)
check('POST', '/things/a', { status: 413, type: 'body-too-large' }, 'x'.repeat(101), JSON_TYPE)
check('POST', '/things/a', { status: 415, type: 'unsupported-media-type' }, 'x', 'text/plain')
check('POST', '/things/a', { status: 415, type: 'unsupported-media-type' }, '{}', 'application/json, x')

test('the answer carries its errors', async () => {
  const answer = await build().inject('/refuses')
  assert.deepEqual(answer.json().errors, [{ parameter: 'x', detail: 'y' }])
})

test('bytes that are not HTTP are answered with a problem too', async (t) => {
  const app = build()
  t.after(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.setEncoding('utf8').write('nonsense\r\n\r\n')
  const answer = (await socket.toArray()).join('')
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/)
  assert.match(answer, /application\/problem\+json/)
  assert.match(answer, /urn:tally:problem:invalid-request/)
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
  socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
  await entered.promise
  const closed = app.close()
  await closing.promise
  const arrived = once(app.server, 'request')
  socket.write('GET /quick HTTP/1.1\r\nHost: x\r\n\r\n')
  await arrived
  gate.resolve()
  const [, first, second] = (await socket.toArray()).join('').split('HTTP/1.1 ')
  assert.match(first!, /^200 OK.*{"slow":true}/s)
  assert.match(second!, /^503 Service Unavailable.*connection: close.*urn:tally:problem:closing/is)
  await closed
})

test('a request that never ends does not keep it from closing', async () => {
  const app = buildServer({ closeTimeoutMs: 50 })
  app.post('/things', async () => ({}))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const begun = once(app.server, 'request')
  const sockets = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
  sockets[0]!.write(
    'POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  )
  sockets[1]!.write('POST /things HTTP/1.1\r\nHo')
  for (const socket of sockets) socket.on('error', () => {}).resume()
  await begun
  const beganMs = performance.now()
  await app.close()
  assert.ok(performance.now() - beganMs < 5_000)
})

test('a client that hangs up in the middle is not logged as a fault', async (t) => {
  let logged = ''
  const stream = { write: (line: string) => (logged += line) }
  const app = buildServer({ logger: { level: 'error', stream } })
  const failed = Promise.withResolvers<void>()
  app.addHook('onError', async () => failed.resolve())
  app.post('/things', async () => ({}))
  t.after(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const begun = once(app.server, 'request')
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(
    'POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  )
  await begun
  socket.destroy()
  await failed.promise
  assert.equal(logged, '')
})
