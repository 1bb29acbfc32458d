// What the front door adds to events of pages, and what it never keeps.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseTrustedProxies } from '../../lib/http/client-address.ts'
import { KeyRing } from '../../lib/http/keys/key-ring.ts'
import { digestOf } from '../../lib/http/keys/known-key.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { checkAnswers } from '../../testing/check-answers.ts'
import { anEvent, type DoorOptions, openDoor } from '../../testing/door-fixture.ts'
import { countryOf } from './country.ts'
import { EVENT_LIMITS } from './limits.ts'
import { DoorThreads } from './threads/door-threads.ts'
import { NO_VIEWERS, type ViewerRules, viewerOf } from './viewer.ts'

const ORIGIN = 'https://player.example'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
  'Version/18.5 Mobile/15E148 Safari/604.1'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
/** As balancers add it: the requests of these tests come from 127.0.0.1. */
const ADDRESS = '203.0.113.77'

const RULES: ViewerRules = {
  attributes: ['country', 'device', 'browser'],
  country: { header: 'cf-ipcountry', believes: parseTrustedProxies('loopback') },
}
const PAGE = { origin: ORIGIN, 'user-agent': IPHONE, 'cf-ipcountry': 'DE', 'x-forwarded-for': ADDRESS }
const SEEN = { country: 'DE', device: 'mobile', browser: 'Safari' }

const keys = new KeyRing({ apiKeys: [], adminKeys: [] })
const key = {
  digest: digestOf('wk_1'),
  role: 'write',
  tenant: 'acme',
  origins: [ORIGIN],
  expiresMs: null,
} as const
keys.takeFiled([key], true)

type Sent = {
  readonly headers: Record<string, string>
  readonly options?: DoorOptions
  readonly event?: object
}

async function send({ headers, options = { viewers: RULES }, event = {} }: Sent) {
  const door = openDoor({ keys, ...options })
  const answer = await door.post(anEvent(event), { 'x-api-key': 'wk_1', ...headers })
  assert.equal(answer.statusCode, 202, answer.body)
  const [stored] = await door.stored()
  const attributes = stored!.event.attributes
  return { door, stored: attributes === null ? null : JSON.parse(attributes) }
}

/** What a page of the server itself is told that would be stored: pages of other sites may only send. */
async function ask({ headers, options = { viewers: RULES }, event = {} }: Sent): Promise<object | null> {
  const { app } = openDoor(options)
  checkAnswers(app)
  const own = headers.origin === undefined ? {} : { origin: 'http://localhost', host: 'localhost' }
  const answer = await app.inject({
    ...{ method: 'POST', url: '/v1/events/validate' },
    headers: { 'content-type': 'application/json', ...headers, ...own },
    payload: JSON.stringify(anEvent(event)),
  })
  assert.equal(answer.statusCode, 200, answer.body)
  return answer.json().events[0].attributes ?? null
}

describe('an event is stored with', () => {
  const check = (name: string, sent: Sent, expected: object | null) =>
    test(name, async () => {
      assert.deepEqual((await send(sent)).stored, expected)
      assert.deepEqual(await ask(sent), expected, 'and whoever asks first is told so')
    })
  check('what the page tells of its viewer', { headers: PAGE }, SEEN)
  const own = { device: 'console', player: 'html5' }
  check('what it says itself, first', { headers: PAGE, event: { attributes: own } }, { ...SEEN, ...own })
  check('nothing else where nothing is wanted', { headers: PAGE, options: { viewers: NO_VIEWERS } }, null)
  check('nothing else where nothing is set', { headers: PAGE, options: {} }, null)
  const device: ViewerRules = { ...RULES, attributes: ['device'] }
  check('only what is wanted', { headers: PAGE, options: { viewers: device } }, { device: 'mobile' })
  const { origin: _, ...server } = PAGE
  check('nothing of a server that sends for viewers', { headers: server }, null)
  check('what such a server says itself', { headers: server, event: { attributes: own } }, own)
  const { 'user-agent': __, ...silent } = PAGE
  check(
    'only the country where no browser names itself',
    { headers: { ...silent, 'user-agent': '' } },
    { country: 'DE' },
  )
})

test('the same where a thread reads the body', async (t) => {
  const threads = await DoorThreads.open({
    ...{ count: 1, rules: { ...EVENT_LIMITS, sourcesFromMs: 0 }, clock: systemClock, bodyBytesMin: 0 },
    ...{ logger: { error: () => {} }, metrics: { died() {} } },
  })
  t.after(() => threads.close())
  const { stored } = await send({ headers: PAGE, options: { viewers: RULES, packing: threads } })
  assert.deepEqual(stored, SEEN)
})

describe('the country', () => {
  const seen = (remoteAddress: string, header: string | undefined, believed = 'loopback,10.0.0.0/8') =>
    viewerOf(
      { headers: { origin: ORIGIN, 'x-country': header }, raw: { socket: { remoteAddress } } },
      { attributes: ['country'], country: { header: 'x-country', believes: parseTrustedProxies(believed) } },
    )
  test('is believed of a proxy that is trusted', () => {
    assert.deepEqual(seen('10.1.2.3', 'DE'), { country: 'DE' })
    assert.deepEqual(seen('::ffff:10.1.2.3', ' fr '), { country: 'FR' })
  })
  test('is not believed of anybody else', () => {
    assert.equal(seen('203.0.113.9', 'DE'), null)
    assert.equal(viewerOf({ headers: { origin: ORIGIN, 'x-country': 'DE' }, raw: {} }, RULES), null)
  })
  test('is absent where the proxy does not know it', () => {
    for (const none of [undefined, '', 'XX', 'T1', 'A1', 'ZZ', 'EU', 'DEU', 'D', 'DE, FR', '**', 'é1']) {
      assert.equal(seen('10.1.2.3', none), null, String(none))
    }
  })
  test('is one of those of ISO 3166, of which Intl knows the names', () => {
    const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
    const letters = Array.from({ length: 26 }, (_, i) => String.fromCharCode(65 + i))
    const all = letters.flatMap((a) => letters.map((b) => a + b)).filter((code) => countryOf(code) !== null)
    assert.equal(all.length, 250, '249, and Kosovo')
    for (const code of all) assert.ok(names.of(code), code)
  })
})

test('neither the address nor the User-Agent of a viewer reaches the log', async () => {
  const { door } = await send({ headers: { ...PAGE, 'user-agent': FIREFOX } })
  const bytes: Buffer[] = []
  for (const lane of ['events', 'events-late', 'events-dead'] as const) {
    for (const source of await door.log.sources(lane)) {
      const { records } = await door.log.read(source, 0, { bytesMax: Number.POSITIVE_INFINITY, waitMs: 0 })
      for (const record of records) bytes.push(Buffer.from(record.bytes))
    }
  }
  const all = Buffer.concat(bytes).toString('latin1')
  assert.match(all, /"browser":"Firefox"/)
  for (const secret of [ADDRESS, '127.0.0.1', 'Mozilla', 'rv:140', 'Gecko', 'X11'])
    assert.ok(!all.includes(secret), secret)
})

test('a copy from another device is stored as what it is, and known by its name', async () => {
  const door = openDoor({ keys, viewers: RULES })
  const headers = { 'content-type': 'application/json', 'x-api-key': 'wk_1', ...PAGE }
  await door.post(anEvent(), headers)
  await door.post(anEvent(), { ...headers, 'user-agent': FIREFOX, 'cf-ipcountry': 'FR' })
  const stored = await door.stored()
  assert.deepEqual(
    stored.map(({ event }) => JSON.parse(event.attributes!).device),
    ['mobile', 'desktop'],
  )
  const [first, second] = stored.map(({ partition, event: { attributes: _, ...name } }) => ({
    partition,
    ...name,
  }))
  assert.deepEqual(second, first, 'the same place of the log, and the same name')
})
