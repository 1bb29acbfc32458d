import assert from 'node:assert/strict'
import { type AddressInfo, connect } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { answersTo, parseAllowedHosts } from './hosts.ts'
import { buildServer } from './server.ts'

describe('a server answers to', () => {
  const check = (header: string, expected: boolean | null, setting?: string) =>
    test(`${JSON.stringify(header)} with ALLOWED_HOSTS=${setting ?? ''}: ${expected}`, () =>
      assert.equal(answersTo(header, parseAllowedHosts(setting)), expected))
  check('localhost', true)
  check('LocalHost:8080', true)
  check('localhost.:8080', true)
  check('127.0.0.1:8080', true)
  check('10.1.2.3', true)
  check('[::1]:8080', true)
  check('[fd00::1]', true)
  check('evil.example', false)
  check('localhost.evil.example', false)
  check('evil.localhost', false)
  check('127.0.0.1.evil.example', false)
  check('tally.example:8080', true, 'other.example, Tally.example')
  check('tally.example.', true, 'tally.example')
  check('a.tally.example', false, 'tally.example')
  check('a.b.tally.example', true, '*.tally.example')
  check('tally.example', false, '*.tally.example')
  check('evil-tally.example', false, '*.tally.example')
  check('evil.example', true, '*')
  check('', null)
  check('a b', null)
  check('localhost@evil.example', null)
  check('localhost:port', null)
})

describe('the setting', () => {
  const refused = (setting: string) =>
    test(`refuses ${setting}`, () => assert.throws(() => parseAllowedHosts(setting), /must be \* or names/))
  refused('https://tally.example')
  refused('tally.example:8080')
  refused('tally.example,')
  refused('a.*.example')
  refused('a.example,*')
})

test('another name is refused before any route, and told how to be listed', async () => {
  const app = buildServer()
  app.get('/things', async () => ({}))
  for (const url of ['/things', '/nothing']) {
    const answer = await app.inject({ url, headers: { host: 'evil.example:8080' } })
    assert.equal(answer.statusCode, 421)
    assert.equal(answer.json().type, 'urn:tally:problem:host-not-served')
    assert.match(answer.json().detail, /ALLOWED_HOSTS/)
  }
  const listed = buildServer({ allowedHosts: parseAllowedHosts('evil.example') })
  listed.get('/things', async () => ({}))
  const { statusCode } = await listed.inject({ url: '/things', headers: { host: 'evil.example:8080' } })
  assert.equal(statusCode, 200)
})

/** Sends bytes as they are, and gives the status and the body of the answer. */
async function exchange(t: TestContext, head: string) {
  const app = buildServer({ allowedHosts: parseAllowedHosts('tally.example') })
  app.get('/letters/:id', async ({ url, hostname }) => ({ url, hostname }))
  app.post('/letters/replay', async () => ({}))
  app.post('/letters/drop', async () => ({}))
  t.after(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8')
  socket.write(`${head.replaceAll('\n', '\r\n')}\r\nConnection: close\r\n\r\n`)
  const answer = (await socket.toArray()).join('')
  const [, status, body] = /^HTTP\/1\.1 (\d+).*\r\n\r\n(.*)$/s.exec(answer) ?? assert.fail(answer)
  return { status: Number(status), body: JSON.parse(body!) }
}

describe('bytes on a connection: ', () => {
  const check = (name: string, head: string, status: number, type: string, detail: RegExp) =>
    test(name, async (t) => {
      const answer = await exchange(t, head)
      assert.equal(answer.status, status)
      assert.equal(answer.body.type, `urn:tally:problem:${type}`)
      assert.match(answer.body.detail, detail)
    })
  const invalid = (name: string, head: string, detail: RegExp) =>
    check(`${name} is invalid`, head, 400, 'invalid-request', detail)
  invalid('no host', 'GET /letters/a HTTP/1.1\nX: y', /a header Host/)
  invalid(
    'no host beside an absolute target',
    'GET http://localhost/letters/a HTTP/1.1\nX: y',
    /a header Host/,
  )
  invalid('an empty host', 'GET /letters/a HTTP/1.1\nHost:', /header Host/)
  invalid('two hosts', 'GET /letters/a HTTP/1.1\nHost: localhost\nHost: evil.example', /one header Host/)
  invalid('a host twice', 'GET /letters/a HTTP/1.1\nhost: localhost\nHOST: localhost', /one header Host/)
  invalid('two hosts of HTTP/1.0', 'GET /letters/a HTTP/1.0\nHost: localhost\nHost: localhost', /one header/)
  invalid(
    'an address that is none of HTTP',
    'GET ftp://localhost/a HTTP/1.1\nHost: localhost',
    /must be a path/,
  )
  invalid(
    'an absolute target with a user',
    'GET http://a@localhost/ HTTP/1.1\nHost: localhost',
    /must name a/,
  )
  const judged = 'an absolute target is judged by its own host'
  const local = (target: string) => `GET ${target} HTTP/1.1\nHost: localhost`
  check(judged, local('http://evil.example/letters/a'), 421, 'host-not-served', /evil\.example/)
  check(`${judged}, in capitals`, local('HTTP://EVIL.example/'), 421, 'host-not-served', /ALLOWED_HOSTS/)
  check(`${judged}, with a port`, local('https://evil.example:80?a'), 421, 'host-not-served', /evil/)
  check(`${judged}, in HTTP/1.0`, 'GET http://evil.example/ HTTP/1.0\nX: y', 421, 'host-not-served', /evil/)
  check(
    'an absolute target does not reach past the route of another method',
    local('http://localhost/letters/replay'),
    405,
    'method-not-allowed',
    /POST/,
  )
  check(
    'a page is judged by the host of an absolute target',
    'POST http://localhost/letters/drop HTTP/1.1\nHost: tally.example\nOrigin: http://tally.example\nContent-Length: 0',
    403,
    'cross-site-request',
    /Pages/,
  )

  test('an absolute target is answered as its path would be, whatever Host says', async (t) => {
    const answer = await exchange(
      t,
      'GET http://tally.example:80/letters/a?b=http://c HTTP/1.1\nHost: evil.example',
    )
    assert.deepEqual(answer, {
      status: 200,
      body: { url: '/letters/a?b=http://c', hostname: 'tally.example' },
    })
  })
  test('HTTP/1.0 needs no host', async (t) => {
    assert.equal((await exchange(t, 'GET /letters/a HTTP/1.0\nX: y')).status, 200)
  })
})
