// Events from pages of other sites: what is taken, what is refused, and what a browser lets the page read.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KeyRing } from '../../lib/http/keys/key-ring.ts'
import { digestOf, keyOfSetting, type Role } from '../../lib/http/keys/known-key.ts'
import { anEvent, openDoor } from '../../testing/door-fixture.ts'

const PLAYER = 'https://player.example'
const EXPOSED = 'Date, RateLimit, RateLimit-Policy, Retry-After'

function ring(): KeyRing {
  const keys = new KeyRing({ apiKeys: [keyOfSetting('env', 'full', 'acme')], adminKeys: [] })
  const filed = (key: string, role: Role, ...origins: readonly string[]) => {
    return { digest: digestOf(key), role, tenant: 'acme', origins, expiresMs: null }
  }
  const some = [
    filed('wk_page', 'write', PLAYER, 'https://*.player.example'),
    filed('wk_app', 'write'),
    filed('fk_page', 'full', PLAYER),
    filed('rk_page', 'read', 'https://reader.example'),
  ]
  keys.takeFiled(some, true)
  return keys
}

type Sent = {
  readonly key?: string
  readonly address?: string
  readonly origin?: string
  readonly type?: string
  readonly site?: string
  readonly body?: string
}

async function send({ key, address, origin, type = 'text/plain;charset=UTF-8', site, body }: Sent) {
  const door = openDoor({ keys: ring() })
  const answer = await door.app.inject({
    method: 'POST',
    url: `/v1/events${address === undefined ? '' : `?key=${address}`}`,
    payload: body ?? JSON.stringify(anEvent()),
    headers: {
      'content-type': type,
      ...(key !== undefined && { 'x-api-key': key }),
      ...(origin !== undefined && { origin }),
      ...(site !== undefined && { 'sec-fetch-site': site }),
    },
  })
  return { answer, stored: await door.stored() }
}

describe('a beacon', () => {
  const check = (name: string, status: number, sent: Sent, readable: string | undefined = sent.origin) =>
    test(name, async () => {
      const { answer, stored } = await send(sent)
      assert.equal(answer.statusCode, status, answer.body)
      assert.deepEqual(
        stored.map(({ event }) => event.tenant),
        status === 202 ? ['acme'] : [],
      )
      assert.equal(answer.headers['access-control-allow-origin'], readable)
      assert.equal(answer.headers['access-control-expose-headers'], readable && EXPOSED)
      assert.equal(answer.headers['access-control-allow-credentials'], undefined)
      if (sent.origin !== undefined) assert.match(String(answer.headers.vary), /origin/)
    })
  const page = { address: 'wk_page', origin: PLAYER, site: 'cross-site' }
  check('of a listed page is taken', 202, page)
  check('without the header of newer browsers too', 202, { address: 'wk_page', origin: PLAYER })
  check('with its key in a header too', 202, { key: 'wk_page', origin: PLAYER })
  check('as JSON too', 202, { ...page, type: 'application/json' })
  check('of a page below a listed name is taken', 202, { ...page, origin: 'https://de.player.example' })
  check('of many events is taken', 202, { ...page, body: JSON.stringify({ events: [anEvent()] }) })
  check('with an unknown key is refused, and the page may read why', 403, { ...page, address: 'wk_x' })
  check('without a key is refused, and the page may read why', 401, { origin: PLAYER })
  check('that cannot be read is refused', 400, { ...page, body: '{' })
  check('as a form is refused', 415, { ...page, type: 'application/x-www-form-urlencoded' })
  check('as plain text without an origin is refused', 415, { address: 'wk_page' })
  check('as plain text with a full key is refused', 415, { key: 'fk_page', origin: PLAYER })
  check('with a full key in the address is refused', 403, { address: 'fk_page', origin: PLAYER })
  check('with a key for no page is refused', 403, { ...page, address: 'wk_app' })
  check('with a key of the settings is refused', 403, { key: 'env', origin: PLAYER, site: 'cross-site' })
  check('with a read key is refused', 403, { ...page, address: 'rk_page' })
  check('of an app, which has no origin, is taken as JSON', 202, { key: 'wk_app', type: 'application/json' })

  for (const origin of [
    'null',
    'https://player.example.evil',
    'https://evilplayer.example',
    'http://player.example',
    'https://player.example:8443',
    'https://PLAYER.example',
    'https://reader.example',
    'https://evil.example',
  ]) {
    test(`of a page of ${origin} is refused, and the page may not read why`, async () => {
      const { answer, stored } = await send({ ...page, origin })
      assert.equal(answer.statusCode, 403)
      assert.deepEqual(stored, [])
      assert.equal(answer.headers['access-control-allow-origin'], undefined)
    })
  }
})

describe('a preflight', () => {
  const ask = (origin: string | undefined, asked: string | undefined = 'POST', url = '/v1/events') =>
    openDoor({ keys: ring() }).app.inject({
      method: 'OPTIONS',
      url,
      headers: {
        ...(origin !== undefined && { origin }),
        ...(asked !== '' && { 'access-control-request-method': asked }),
        'access-control-request-headers': 'content-type,x-api-key',
      },
    })

  test('of a listed page is answered for two hours', async () => {
    const { statusCode, headers } = await ask(PLAYER)
    assert.equal(statusCode, 204)
    assert.equal(headers['access-control-allow-origin'], PLAYER)
    assert.equal(headers['access-control-allow-methods'], 'POST')
    assert.match(String(headers['access-control-allow-headers']), /content-type, x-api-key/)
    assert.equal(headers['access-control-max-age'], '7200')
    assert.equal(headers.vary, 'origin')
  })

  for (const origin of [
    'https://evil.example',
    'null',
    `${PLAYER}.evil`,
    'https://reader.example',
    undefined,
  ]) {
    test(`of ${origin ?? 'nobody'} is refused`, async () => {
      const { statusCode, headers } = await ask(origin)
      assert.equal(statusCode, 403)
      assert.equal(headers['access-control-allow-origin'], undefined)
    })
  }

  test('is none where no method is asked for: then it tells the methods', async () => {
    const { statusCode, headers } = await ask(PLAYER, '')
    assert.deepEqual([statusCode, headers.allow], [204, 'OPTIONS, POST'])
  })
})

test('where keys are off, a page of another site is refused as before', async () => {
  const door = openDoor()
  const headers = { 'content-type': 'text/plain', origin: PLAYER }
  const answer = await door.app.inject({
    method: 'POST',
    url: '/v1/events?key=wk_page',
    headers,
    payload: '{}',
  })
  assert.equal(answer.json().type, 'urn:tally:problem:cross-site-request')
})
